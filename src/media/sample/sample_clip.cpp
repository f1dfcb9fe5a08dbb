// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/sample/sample_clip.h"

#include "media/libav/compat.h"
#include "media/libav/fd_io.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavutil/opt.h>
}

#include <memory>
#include <utility>
#include <vector>

namespace hevcpool::media {
namespace {

// A graph without inputs, read frame by frame.
class FrameSource {
 public:
  static Expected<FrameSource> create(const std::string& description, AVMediaType type) {
    FrameSource source;
    source.graph_.reset(avfilter_graph_alloc());
    if (!source.graph_) return fail_av("filter", "graph", AVERROR(ENOMEM));
    source.graph_->nb_threads = 1;
    const bool video = type == AVMEDIA_TYPE_VIDEO;
    const std::string whole = description + (video ? ",format=yuv420p,buffersink@out"
                                                   : ",aformat=sample_fmts=fltp:channel_layouts=stereo,abuffersink@out");
    AVFilterInOut *inputs = nullptr, *outputs = nullptr;
    int rc = avfilter_graph_parse2(source.graph_.get(), whole.c_str(), &inputs, &outputs);
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    if (rc >= 0) rc = avfilter_graph_config(source.graph_.get(), nullptr);
    if (rc < 0) return fail_av("filter", description, rc);
    source.sink_ = source.graph_->filters[source.graph_->nb_filters - 1];
    for (unsigned i = 0; i < source.graph_->nb_filters; ++i)
      if (std::string_view(source.graph_->filters[i]->filter->name) == (video ? "buffersink" : "abuffersink"))
        source.sink_ = source.graph_->filters[i];
    return source;
  }

  AVFilterContext* sink() const { return sink_; }
  // Empty at the end.
  Expected<FramePtr> next(int samples) {
    FramePtr frame(av_frame_alloc());
    const int rc = samples > 0 ? av_buffersink_get_samples(sink_, frame.get(), samples)
                               : av_buffersink_get_frame(sink_, frame.get());
    if (rc == AVERROR_EOF) return FramePtr();
    if (rc < 0) return fail_av("filter", "read frame", rc);
    return frame;
  }

 private:
  FilterGraphPtr graph_;
  AVFilterContext* sink_ = nullptr;  // owned by the graph
};

const AVCodec* encoder_for(AVMediaType type) {
  if (type == AVMEDIA_TYPE_AUDIO) return avcodec_find_encoder(AV_CODEC_ID_AAC);
  const AVCodec* best = avcodec_find_encoder_by_name("libx264");
  return best ? best : avcodec_find_encoder(AV_CODEC_ID_MPEG4);
}

// One stream: frames of a graph, encoded.
class SampleTrack {
 public:
  static Expected<std::unique_ptr<SampleTrack>> create(const std::string& description, AVMediaType type,
                                                       AVFormatContext& format, int quality) {
    auto track = std::make_unique<SampleTrack>();
    HEVCPOOL_ASSIGN(track->source_, FrameSource::create(description, type));
    const AVCodec* codec = encoder_for(type);
    if (!codec) return fail("encode", "no_encoder", "this libavcodec has no encoder for a sample clip");
    track->encoder_.reset(avcodec_alloc_context3(codec));
    track->packet_.reset(av_packet_alloc());
    track->stream_ = avformat_new_stream(&format, nullptr);
    if (!track->encoder_ || !track->packet_ || !track->stream_)
      return fail_av("encode", "sample clip", AVERROR(ENOMEM));
    HEVCPOOL_CHECK(track->open(type, format, quality));
    return track;
  }

  // Encodes one frame, or drains. `done()` afterwards tells whether there will be more.
  Expected<void> step(AVFormatContext& format) {
    const bool sound = encoder_->codec_type == AVMEDIA_TYPE_AUDIO;
    HEVCPOOL_ASSIGN(const FramePtr frame, source_.next(sound ? encoder_->frame_size : 0));
    if (frame) {
      frame->pict_type = AV_PICTURE_TYPE_NONE;
      ++frames_;
      time_ = static_cast<double>(frame->pts) * av_q2d(encoder_->time_base);
    }
    if (const int rc = avcodec_send_frame(encoder_.get(), frame.get()); rc < 0)
      return fail_av("encode", "sample clip", rc);
    done_ = !frame;
    return write_packets(format);
  }

  bool done() const { return done_; }
  double time() const { return time_; }
  std::int64_t frames() const { return frames_; }

 private:
  Expected<void> open(AVMediaType type, const AVFormatContext& format, int quality) {
    AVFilterContext* sink = source_.sink();
    encoder_->time_base = av_buffersink_get_time_base(sink);
    encoder_->thread_count = 1;
    if (type == AVMEDIA_TYPE_VIDEO) {
      encoder_->width = av_buffersink_get_w(sink);
      encoder_->height = av_buffersink_get_h(sink);
      encoder_->framerate = av_buffersink_get_frame_rate(sink);
      encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
      encoder_->sample_aspect_ratio = {1, 1};
      encoder_->global_quality = quality * FF_QP2LAMBDA / 6;
      encoder_->flags |= AV_CODEC_FLAG_QSCALE;
      av_opt_set_int(encoder_->priv_data, "crf", quality, 0);
      av_opt_set(encoder_->priv_data, "preset", "veryfast", 0);
    } else {
      encoder_->sample_rate = av_buffersink_get_sample_rate(sink);
      encoder_->sample_fmt = AV_SAMPLE_FMT_FLTP;
      encoder_->bit_rate = 96'000;
      if (const int rc = av_buffersink_get_ch_layout(sink, &encoder_->ch_layout); rc < 0)
        return fail_av("encode", "channel layout", rc);
    }
    if (format.oformat->flags & AVFMT_GLOBALHEADER) encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    int rc = avcodec_open2(encoder_.get(), nullptr, nullptr);
    if (rc >= 0) rc = avcodec_parameters_from_context(stream_->codecpar, encoder_.get());
    if (rc < 0) return fail_av("encode", "open", rc);
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = encoder_->framerate;
    return {};
  }

  Expected<void> write_packets(AVFormatContext& format) {
    while (true) {
      int rc = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) return {};
      if (rc < 0) return fail_av("encode", "sample clip", rc);
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      packet_->stream_index = stream_->index;
      rc = av_interleaved_write_frame(&format, packet_.get());
      if (rc < 0) return fail_av("mux", "sample clip", rc);
    }
  }

  FrameSource source_;
  CodecContextPtr encoder_;
  PacketPtr packet_;
  AVStream* stream_ = nullptr;  // owned by the format context
  bool done_ = false;
  double time_ = 0;
  std::int64_t frames_ = 0;
};

using Tracks = std::vector<std::unique_ptr<SampleTrack>>;

// The track that is behind takes the next step.
Expected<void> run_tracks(const Tracks& tracks, AVFormatContext& format, const SampleClipRequest& request) {
  while (true) {
    SampleTrack* next = nullptr;
    for (const auto& track : tracks)
      if (!track->done() && (!next || track->time() < next->time())) next = track.get();
    if (!next) return {};
    if (request.cancelled && request.cancelled()) return fail("encode", "cancelled", "cancelled");
    HEVCPOOL_CHECK(next->step(format));
  }
}

}  // namespace

Expected<SampleClipReport> make_sample_clip(const SampleClipRequest& request) {
  AVFormatContext* context = nullptr;
  if (const int rc = avformat_alloc_output_context2(&context, nullptr, "mp4", nullptr); rc < 0)
    return fail_av("mux", "muxer", rc);
  std::unique_ptr<TargetIo> io;  // outlives the context, which writes through it
  const OutputContextPtr format(context);
  HEVCPOOL_ASSIGN(io, TargetIo::attach(request.target, *format));
  format->flags |= AVFMT_FLAG_BITEXACT;
  Tracks tracks(1);
  HEVCPOOL_ASSIGN(tracks[0], SampleTrack::create(request.video, AVMEDIA_TYPE_VIDEO, *format, request.quality));
  if (!request.audio.empty()) {
    HEVCPOOL_ASSIGN(auto sound, SampleTrack::create(request.audio, AVMEDIA_TYPE_AUDIO, *format, request.quality));
    tracks.push_back(std::move(sound));
  }
  if (const int rc = avformat_write_header(format.get(), nullptr); rc < 0)
    return io->main().failure("mux", "write header", rc);
  HEVCPOOL_CHECK(run_tracks(tracks, *format, request));
  if (const int rc = av_write_trailer(format.get()); rc < 0) return io->main().failure("mux", "write trailer", rc);
  avio_flush(format->pb);
  if (io->main().system_error()) return io->main().failure("mux", "write", AVERROR(io->main().system_error()));
  return SampleClipReport{tracks[0]->frames(), static_cast<std::uint64_t>(avio_size(format->pb))};
}

}  // namespace hevcpool::media
