// SPDX-License-Identifier: GPL-2.0-or-later
#include "segment_clip.h"

#include "media/libav/av.h"
#include "media/libav/compat.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cmath>

namespace hevcpool::media::test {
namespace {

void draw(AVFrame& frame, int number, const ClipRequest& request) {
  av_frame_make_writable(&frame);
  const int scene = number / request.scene;
  unsigned random = static_cast<unsigned>(number) * 2654435761U + 1;
  for (int y = 0; y < frame.height; ++y)
    for (int x = 0; x < frame.width; ++x) {
      random = random * 1664525U + 1013904223U;
      const double wave = std::sin((x + number * 2) * (0.05 + 0.03 * (scene % 5))) * std::cos((y - number) * 0.07);
      frame.data[0][y * frame.linesize[0] + x] =
          static_cast<std::uint8_t>(110 + scene % 3 * 20 + 60 * wave + (random >> 29));
    }
  for (int plane = 1; plane < 3; ++plane)
    for (int y = 0; y < frame.height / 2; ++y)
      for (int x = 0; x < frame.width / 2; ++x)
        frame.data[plane][y * frame.linesize[plane] + x] =
            static_cast<std::uint8_t>(128 + 40 * std::sin((x * plane + number + scene * 31) * 0.06));
}

struct MemoryTarget {
  int fd;
  std::int64_t position = 0;
};

int write_some(void* opaque, AvioWriteByte* data, int size) {
  auto& target = *static_cast<MemoryTarget*>(opaque);
  const auto put = ::pwrite(target.fd, data, static_cast<std::size_t>(size), target.position);
  target.position += put;
  return static_cast<int>(put);
}

std::int64_t seek_to(void* opaque, std::int64_t offset, int whence) {
  auto& target = *static_cast<MemoryTarget*>(opaque);
  if (whence == AVSEEK_SIZE) return ::lseek(target.fd, 0, SEEK_END);
  if (whence == SEEK_CUR) offset += target.position;
  if (whence == SEEK_END) offset += ::lseek(target.fd, 0, SEEK_END);
  return target.position = offset;
}

CodecContextPtr open_encoder(const ClipRequest& request, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(request.codec.c_str());
  if (codec == nullptr) return {};
  CodecContextPtr encoder(avcodec_alloc_context3(codec));
  encoder->width = request.width;
  encoder->height = request.height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->time_base = {1, request.irregular ? request.rate * 4 : request.rate};
  encoder->framerate = {request.rate, 1};
  encoder->gop_size = request.gop;
  encoder->max_b_frames = request.b_frames;
  encoder->thread_count = 1;
  av_log_set_level(AV_LOG_ERROR);
  encoder->bit_rate = 600'000;
  if (request.codec == "libx264") encoder->flags |= AV_CODEC_FLAG_CLOSED_GOP;
  if (request.codec_options.find("open-gop=1") != std::string::npos) encoder->flags &= ~AV_CODEC_FLAG_CLOSED_GOP;
  if (global_header) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  if (request.codec == "libx264") {
    av_dict_set(&options, "preset", "veryfast", 0);
    av_dict_set(&options, "x264-params", request.codec_options.c_str(), 0);
  } else {
    av_dict_parse_string(&options, request.codec_options.c_str(), "=", ":", 0);
  }
  const int result = avcodec_open2(encoder.get(), codec, &options);
  av_dict_free(&options);
  if (result < 0) return {};
  return encoder;
}

void drain(AVCodecContext& encoder, AVFormatContext& format) {
  PacketPtr packet(av_packet_alloc());
  while (avcodec_receive_packet(&encoder, packet.get()) >= 0) {
    packet->stream_index = 0;
    av_packet_rescale_ts(packet.get(), encoder.time_base, format.streams[0]->time_base);
    av_interleaved_write_frame(&format, packet.get());
  }
}

}  // namespace

UniqueFd make_clip(const ClipRequest& request) {
  UniqueFd fd(::memfd_create("clip", MFD_CLOEXEC));
  MemoryTarget target{fd.get()};
  AVFormatContext* context = nullptr;
  if (avformat_alloc_output_context2(&context, nullptr, request.muxer.c_str(), nullptr) < 0) return {};
  OutputContextPtr format(context);
  auto encoder = open_encoder(request, (format->oformat->flags & AVFMT_GLOBALHEADER) != 0);
  if (!encoder) return {};
  AVIOContext* io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(1 << 16)), 1 << 16, 1, &target, nullptr,
                                       write_some, seek_to);
  format->pb = io;
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  avcodec_parameters_from_context(stream->codecpar, encoder.get());
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = encoder->framerate;
  if (avformat_write_header(format.get(), nullptr) < 0) return {};
  FramePtr frame(av_frame_alloc());
  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = request.width;
  frame->height = request.height;
  av_frame_get_buffer(frame.get(), 0);
  for (int number = 0; number < request.frames; ++number) {
    draw(*frame, number, request);
    frame->pts = request.irregular ? number * 4 + number * number % 3 : number;
    avcodec_send_frame(encoder.get(), frame.get());
    drain(*encoder, *format);
  }
  avcodec_send_frame(encoder.get(), nullptr);
  drain(*encoder, *format);
  av_write_trailer(format.get());
  avio_flush(io);
  av_freep(&io->buffer);
  avio_context_free(&io);
  return fd;
}

}  // namespace hevcpool::media::test
