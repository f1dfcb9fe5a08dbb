// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/made_clip.h"

#include <gtest/gtest.h>

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
}

namespace hevcpool::media::testing {
namespace {

void check(int result) {
  if (result < 0) throw std::runtime_error(av_message(result));
}

PacketPtr packet_of(const AVFrame& picture) {
  PacketPtr packet(av_packet_alloc());
  const auto pixels = static_cast<AVPixelFormat>(picture.format);
  const int size = av_image_get_buffer_size(pixels, picture.width, picture.height, 1);
  check(av_new_packet(packet.get(), size));
  check(av_image_copy_to_buffer(packet->data, size, picture.data, picture.linesize, pixels, picture.width,
                                picture.height, 1));
  packet->flags |= AV_PKT_FLAG_KEY;
  return packet;
}

void make_stream(Clip& clip, const ClipSpec& spec) {
  clip.format.reset(avformat_alloc_context());
  clip.stream = avformat_new_stream(clip.format.get(), nullptr);
  clip.stream->time_base = spec.time_base;
  clip.stream->avg_frame_rate = clip.stream->r_frame_rate = spec.rate;
  AVCodecParameters& parameters = *clip.stream->codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = AV_CODEC_ID_RAWVIDEO;
  parameters.format = spec.pixels;
  parameters.width = clip.pictures.front()->width;
  parameters.height = clip.pictures.front()->height;
  parameters.field_order = spec.fields;
  if (spec.edit_stream) spec.edit_stream(*clip.stream);
}

}  // namespace

std::vector<FramePtr> draw(const std::string& source, AVPixelFormat pixels, int frames) {
  const FilterGraphPtr graph(avfilter_graph_alloc());
  const std::string text = source + ",format=" + av_get_pix_fmt_name(pixels) + ",buffersink@sink";
  AVFilterInOut *inputs = nullptr, *outputs = nullptr;
  check(avfilter_graph_parse2(graph.get(), text.c_str(), &inputs, &outputs));
  check(avfilter_graph_config(graph.get(), nullptr));
  AVFilterContext* sink = graph->filters[graph->nb_filters - 1];
  for (unsigned n = 0; n < graph->nb_filters; ++n)
    if (std::string(graph->filters[n]->filter->name) == "buffersink") sink = graph->filters[n];
  std::vector<FramePtr> pictures;
  for (int n = 0; n < frames; ++n) {
    pictures.emplace_back(av_frame_alloc());
    check(av_buffersink_get_frame(sink, pictures.back().get()));
  }
  return pictures;
}

Clip make_clip(const ClipSpec& spec) {
  Clip clip;
  clip.pictures = draw(spec.source, spec.pixels, spec.frames);
  make_stream(clip, spec);
  for (int n = 0; n < spec.frames; ++n) {
    PacketPtr packet = packet_of(*clip.pictures[static_cast<std::size_t>(n)]);
    packet->pts = packet->dts = spec.time ? spec.time(n) : n;
    if (spec.edit_packet) spec.edit_packet(*packet, n);
    clip.packets.push_back(std::move(packet));
  }
  if (!clip.packets.empty()) clip.stream->start_time = clip.packets.front()->pts;
  return clip;
}

EncodeOptions quick_options() {
  EncodeOptions options;
  options.preset = "ultrafast";
  return options;
}

std::unique_ptr<Encoded> encode(Clip& clip, const EncodeOptions& options, const VideoTrack::Pass& pass) {
  auto out = std::make_unique<Encoded>();
  auto track = VideoTrack::create(*clip.format, *clip.stream, options, pass, out->notes);
  if (!track) {
    out->error = track.error();
    return out;
  }
  out->track = std::move(*track);
  const PacketSink sink = [&](AVPacket& packet) -> Expected<void> {
    out->packets.emplace_back(av_packet_clone(&packet));
    return {};
  };
  Expected<void> done;
  for (std::size_t n = 0; done && n < clip.packets.size(); ++n)
    done = out->track->send(*clip.packets[n], sink);
  if (done) done = out->track->finish(sink);
  if (!done) out->error = done.error();
  return out;
}

std::vector<FramePtr> decode(const Encoded& encoded) {
  CodecContextPtr decoder(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_HEVC)));
  check(avcodec_parameters_to_context(decoder.get(), &encoded.track->parameters()));
  decoder->err_recognition = AV_EF_EXPLODE | AV_EF_CRCCHECK;
  decoder->export_side_data = 0;
  check(avcodec_open2(decoder.get(), decoder->codec, nullptr));
  std::vector<FramePtr> frames;
  auto receive = [&] {
    for (FramePtr frame(av_frame_alloc()); avcodec_receive_frame(decoder.get(), frame.get()) >= 0;
         frame.reset(av_frame_alloc()))
      frames.push_back(std::move(frame));
  };
  for (const auto& packet : encoded.packets) {
    check(avcodec_send_packet(decoder.get(), packet.get()));
    receive();
  }
  check(avcodec_send_packet(decoder.get(), nullptr));
  receive();
  return frames;
}

std::vector<std::uint8_t> plane_bytes(const AVFrame& frame, int plane) {
  const auto pixels = static_cast<AVPixelFormat>(frame.format);
  const auto* format = av_pix_fmt_desc_get(pixels);
  const bool chroma = plane == 1 || plane == 2;
  const int rows = chroma ? AV_CEIL_RSHIFT(frame.height, format->log2_chroma_h) : frame.height;
  const int bytes = av_image_get_linesize(pixels, frame.width, plane);
  std::vector<std::uint8_t> out;
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* row = frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane];
    out.insert(out.end(), row, row + bytes);
  }
  return out;
}

bool same_pictures(const AVFrame& a, const AVFrame& b) {
  if (a.width != b.width || a.height != b.height) return false;
  const int planes = av_pix_fmt_count_planes(static_cast<AVPixelFormat>(b.format));
  for (int plane = 0; plane < planes; ++plane)
    if (plane_bytes(a, plane) != plane_bytes(b, plane)) return false;
  return true;
}

EncodeOptions lossless() {
  EncodeOptions options = quick_options();
  options.lossless = true;
  return options;
}

std::string warned(const Encoded& encoded, std::string_view code) {
  for (const auto& warning : encoded.notes.warnings())
    if (warning.code == code) return warning.message;
  return {};
}

}  // namespace hevcpool::media::testing
