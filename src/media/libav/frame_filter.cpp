// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/frame_filter.h"

#include "base/crash_context.h"
#include "media/libav/compat.h"
#include "media/libav/log_capture.h"
#include "profile/recorder.h"

extern "C" {
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
}

#include <algorithm>

namespace hevcpool::media {
namespace {

using InOutPtr = std::unique_ptr<AVFilterInOut, FreeByAddress<avfilter_inout_free>>;
struct FreeMemory {
  void operator()(void* memory) const { av_free(memory); }
};
using ParametersPtr = std::unique_ptr<AVBufferSrcParameters, FreeMemory>;

// What libavfilter says is more to the point than its code.
Unexpected unfit(const std::string& description, int rc) {
  Unexpected failure = fail_av("filter", fmt::format("filter graph \"{}\"", description), rc);
  constexpr std::size_t kLines = 2;  // the last one only says which filter it was
  std::string said = LogCapture::tail(kLines);
  std::ranges::replace(said, '\n', ';');
  if (!said.empty()) failure.value().message += " (" + said + ")";
  return failure;
}

Unexpected out_of_memory() { return fail_av("filter", "make filter graph", AVERROR(ENOMEM)); }

Expected<ParametersPtr> source_parameters(const AVFrame& frame, AVRational time_base, AVRational frame_rate) {
  ParametersPtr out(av_buffersrc_parameters_alloc());
  if (!out) return out_of_memory();
  out->format = frame.format;
  out->time_base = time_base;
  if (frame.width > 0) {
    out->width = frame.width;
    out->height = frame.height;
    out->frame_rate = frame_rate;
    out->sample_aspect_ratio = frame.sample_aspect_ratio;
    describe_colour(*out, frame);
  } else {
    out->sample_rate = frame.sample_rate;
    if (const int rc = av_channel_layout_copy(&out->ch_layout, &frame.ch_layout); rc < 0) return out_of_memory();
  }
  return out;
}

Expected<AVFilterContext*> make_end(AVFilterGraph& graph, const char* filter, const char* name) {
  AVFilterContext* end = avfilter_graph_alloc_filter(&graph, avfilter_get_by_name(filter), name);
  if (!end) return out_of_memory();
  return end;
}

Expected<InOutPtr> open_end(AVFilterContext& end, const char* label) {
  InOutPtr out(avfilter_inout_alloc());
  if (!out) return out_of_memory();
  out->name = av_strdup(label);
  out->filter_ctx = &end;
  return out;
}

// Joins the description's open ends to source and sink.
Expected<void> parse(AVFilterGraph& graph, AVFilterContext& source, AVFilterContext& sink,
                     const std::string& description) {
  HEVCPOOL_ASSIGN(InOutPtr outputs, open_end(source, "in"));
  HEVCPOOL_ASSIGN(InOutPtr inputs, open_end(sink, "out"));
  AVFilterInOut* in = inputs.release();
  AVFilterInOut* out = outputs.release();
  const int rc = avfilter_graph_parse_ptr(&graph, description.c_str(), &in, &out, nullptr);
  inputs.reset(in);
  outputs.reset(out);
  if (rc < 0) return unfit(description, rc);
  return {};
}

}  // namespace

bool filter_exists(const char* name) { return avfilter_get_by_name(name) != nullptr; }

Expected<FrameFilter> FrameFilter::create(const AVFrame& example, AVRational time_base, AVRational frame_rate,
                                          const std::string& description) {
  FrameFilter filter;
  HEVCPOOL_CHECK(filter.build(example, time_base, frame_rate, description));
  return filter;
}

Expected<void> FrameFilter::build(const AVFrame& example, AVRational time_base, AVRational frame_rate,
                                  const std::string& description) {
  const bool video = example.width > 0;
  width_ = example.width;
  height_ = example.height;
  format_ = example.format;
  sample_rate_ = example.sample_rate;
  described_ = {example.sample_aspect_ratio, example.colorspace, example.color_range, example.color_trc};
  form_.reset(av_frame_alloc());
  if (!form_ || av_channel_layout_copy(&form_->ch_layout, &example.ch_layout) < 0) return out_of_memory();
  graph_.reset(avfilter_graph_alloc());
  if (!graph_) return out_of_memory();
  graph_->nb_threads = 1;
  HEVCPOOL_ASSIGN(source_, make_end(*graph_, video ? "buffer" : "abuffer", "in"));
  HEVCPOOL_ASSIGN(sink_, make_end(*graph_, video ? "buffersink" : "abuffersink", "out"));
  HEVCPOOL_ASSIGN(const ParametersPtr parameters, source_parameters(example, time_base, frame_rate));
  const int set = av_buffersrc_parameters_set(source_, parameters.get());
  av_channel_layout_uninit(&parameters->ch_layout);
  if (set < 0) return fail_av("filter", "describe frames", set);
  if (const int rc = avfilter_init_str(source_, nullptr); rc < 0) return fail_av("filter", "make source", rc);
  if (const int rc = avfilter_init_str(sink_, nullptr); rc < 0) return fail_av("filter", "make sink", rc);
  HEVCPOOL_CHECK(parse(*graph_, *source_, *sink_, description.empty() ? (video ? "null" : "anull") : description));
  if (const int rc = avfilter_graph_config(graph_.get(), nullptr); rc < 0)
    return unfit(description, rc);
  return {};
}

Expected<void> FrameFilter::push(const AVFrame* frame) {
  const profile::Scope timed(profile::Stage::filter);
  const CrashContext doing(Stage::filter);
  // KEEP_REF never changes the frame, though the signature says it might
  const int rc = av_buffersrc_add_frame_flags(source_, const_cast<AVFrame*>(frame), AV_BUFFERSRC_FLAG_KEEP_REF);
  if (rc < 0) return fail_av("filter", "filter frame", rc);
  return {};
}

Expected<void> FrameFilter::close(std::int64_t end) {
  const profile::Scope timed(profile::Stage::filter);
  const int rc = av_buffersrc_close(source_, end, AV_BUFFERSRC_FLAG_PUSH);
  if (rc < 0) return fail_av("filter", "end of stream", rc);
  return {};
}

Expected<FramePtr> FrameFilter::pull() {
  const profile::Scope timed(profile::Stage::filter);
  const CrashContext doing(Stage::filter);
  FramePtr frame(av_frame_alloc());
  if (!frame) return out_of_memory();
  const int rc = av_buffersink_get_frame(sink_, frame.get());
  if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) return FramePtr();
  if (rc < 0) return fail_av("filter", "filter frame", rc);
  return frame;
}

Expected<FramePtr> FrameFilter::run(const AVFrame& frame) {
  HEVCPOOL_CHECK(push(&frame));
  HEVCPOOL_ASSIGN(FramePtr out, pull());
  if (!out) return fail("filter", "no_frame", "the filter graph gave no frame");
  return out;
}

bool FrameFilter::fits(const AVFrame& frame) const {
  return frame.width == width_ && frame.height == height_ && frame.format == format_ &&
         frame.sample_rate == sample_rate_ &&
         (frame.width == 0 ? av_channel_layout_compare(&frame.ch_layout, &form_->ch_layout) == 0 : described_alike(frame));
}

// Filters take these from the first frame.
bool FrameFilter::described_alike(const AVFrame& frame) const {
  return frame.sample_aspect_ratio.num == described_.aspect.num && frame.sample_aspect_ratio.den == described_.aspect.den &&
         frame.colorspace == described_.matrix && frame.color_range == described_.range &&
         frame.color_trc == described_.transfer;
}

AVRational FrameFilter::output_time_base() const { return av_buffersink_get_time_base(sink_); }

AVRational FrameFilter::output_frame_rate() const { return av_buffersink_get_frame_rate(sink_); }

}  // namespace hevcpool::media
