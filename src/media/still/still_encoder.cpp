// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/still_encoder.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <array>
#include <cmath>

namespace hevcpool::media {
namespace {

const AVCodec* encoder_for(StillFormat format) {
  if (format == StillFormat::png) return avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (format == StillFormat::webp) return avcodec_find_encoder_by_name("libwebp");
  return avcodec_find_encoder(AV_CODEC_ID_MJPEG);
}

// libjpeg's 1..100 as the encoder's quantiser: both scale one table, by (200 - 2 q) / 100 from 50 upwards.
double jpeg_quantiser(int quality) {
  const double scale = quality < 50 ? 50.0 / quality : (200.0 - 2.0 * quality) / 100.0;
  return std::clamp(8 * scale, 1.0, 31.0);
}

void set_quality(AVCodecContext& encoder, StillFormat format, int quality, HuffmanTables tables) {
  const int level = std::clamp(quality, 1, 100);
  if (format == StillFormat::webp) av_opt_set_double(&encoder, "quality", level, AV_OPT_SEARCH_CHILDREN);
  if (format != StillFormat::jpeg) return;
  av_opt_set(&encoder, "huffman", tables == HuffmanTables::own ? "optimal" : "default", AV_OPT_SEARCH_CHILDREN);
  encoder.flags |= AV_CODEC_FLAG_QSCALE;
  encoder.qmin = 1;
  encoder.global_quality = static_cast<int>(std::lround(FF_QP2LAMBDA * jpeg_quantiser(level)));
}

Expected<CodecContextPtr> open_encoder(const AVFrame& frame, StillFormat format, int quality, HuffmanTables tables) {
  const AVCodec* codec = encoder_for(format);
  if (!codec)
    return fail("encode", "no_encoder", fmt::format("this libavcodec cannot write {}", still_extension(format)));
  CodecContextPtr encoder(avcodec_alloc_context3(codec));
  if (!encoder) return fail_av("encode", "allocate encoder", AVERROR(ENOMEM));
  encoder->width = frame.width;
  encoder->height = frame.height;
  encoder->pix_fmt = static_cast<AVPixelFormat>(frame.format);
  encoder->time_base = {1, 25};
  encoder->color_range = format == StillFormat::webp ? AVCOL_RANGE_MPEG : AVCOL_RANGE_JPEG;
  encoder->thread_count = 1;
  set_quality(*encoder, format, quality, tables);
  if (const int rc = avcodec_open2(encoder.get(), codec, nullptr); rc < 0)
    return fail_av("encode", fmt::format("open encoder {}", codec->name), rc);
  return encoder;
}

}  // namespace

Expected<std::vector<std::uint8_t>> encode_still(const AVFrame& frame, StillFormat format, int quality,
                                                 HuffmanTables tables) {
  HEVCPOOL_ASSIGN(const CodecContextPtr encoder, open_encoder(frame, format, quality, tables));
  FramePtr picture(av_frame_clone(&frame));
  const PacketPtr packet(av_packet_alloc());
  if (!picture || !packet) return fail_av("encode", "allocate picture", AVERROR(ENOMEM));
  picture->pts = 0;
  picture->pict_type = AV_PICTURE_TYPE_NONE;
  picture->quality = encoder->global_quality;
  int rc = avcodec_send_frame(encoder.get(), picture.get());
  if (rc >= 0) rc = avcodec_send_frame(encoder.get(), nullptr);
  if (rc >= 0) rc = avcodec_receive_packet(encoder.get(), packet.get());
  if (rc < 0) return fail_av("encode", "encode picture", rc);
  return std::vector<std::uint8_t>(packet->data, packet->data + packet->size);
}

void mark_jpeg_orientation(std::vector<std::uint8_t>& jpeg, int exif_orientation) {
  if (jpeg.size() < 2) return;
  // APP1 "Exif", big-endian TIFF, one directory with one entry: Orientation (0x112), a short
  const std::array<std::uint8_t, 36> block{
      0xFF, 0xE1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3,
      0, 0, 0, 1, 0, static_cast<std::uint8_t>(exif_orientation), 0, 0, 0, 0, 0, 0};
  jpeg.insert(jpeg.begin() + 2, block.begin(), block.end());
}

StillFormat still_format_of(const std::string& name) {
  const auto dot = name.rfind('.');
  if (dot == std::string::npos) return StillFormat::automatic;
  std::string extension = name.substr(dot + 1);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == "jpg" || extension == "jpeg" || extension == "jpe") return StillFormat::jpeg;
  if (extension == "png") return StillFormat::png;
  return extension == "webp" ? StillFormat::webp : StillFormat::automatic;
}

const char* still_extension(StillFormat format) {
  if (format == StillFormat::png) return "png";
  return format == StillFormat::webp ? "webp" : "jpg";
}

}  // namespace hevcpool::media
