// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/filter_chain.h"

#include "media/libav/compat.h"
#include "media/video/filter_rules.h"

namespace hevcpool::media {
namespace {

// bwdif looks four lines up and down, in every plane.
bool large_enough(const AVFrame& frame) {
  return frame.width >= 16 && frame.height >= 16;
}

}  // namespace

Expected<FilterChain> FilterChain::create(const EncodeOptions& options, AVRational time_base,
                                          AVRational frame_rate) {
  HEVCPOOL_ASSIGN(std::string graph, compose_filters(options));
  return FilterChain(std::move(graph), options.deinterlace, time_base, frame_rate);
}

// What frames like this one go through; empty: nothing. Once deinterlacing has begun it stays, so that the
// frames between do not change their delay; progressive ones pass it unchanged.
std::string FilterChain::description_for(const AVFrame& frame) {
  const bool wanted =
      deinterlace_ == Deinterlace::on || (deinterlace_ == Deinterlace::automatic && is_interlaced(frame));
  deinterlacing_ = (deinterlacing_ || wanted) && large_enough(frame);
  if (wanted && deinterlacing_) ++deinterlaced_;
  if (!deinterlacing_) return graph_;
  std::string description = deinterlace_ == Deinterlace::on ? "bwdif=mode=send_frame:deint=all"
                                                            : "bwdif=mode=send_frame:deint=interlaced";
  return graph_.empty() ? description : description + "," + graph_;
}

Expected<void> FilterChain::push(AVFrame& frame, const Sink& sink) {
  const std::string description = description_for(frame);
  if (filter_ && (description != description_ || !filter_->fits(frame))) HEVCPOOL_CHECK(finish(sink));
  if (description.empty()) return sink(frame, {time_base_, frame_rate_});
  if (!filter_) {
    description_ = description;
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(frame, time_base_, frame_rate_, description));
  }
  end_ = frame.pts + frame_duration(frame);
  HEVCPOOL_CHECK(filter_->push(&frame));
  return pull(sink);
}

Expected<void> FilterChain::finish(const Sink& sink) {
  if (!filter_) return {};
  HEVCPOOL_CHECK(filter_->close(end_));
  HEVCPOOL_CHECK(pull(sink));
  filter_.reset();
  return {};
}

Expected<void> FilterChain::pull(const Sink& sink) {
  for (;;) {
    HEVCPOOL_ASSIGN(FramePtr frame, filter_->pull());
    if (!frame) return {};
    HEVCPOOL_CHECK(sink(*frame, {filter_->output_time_base(), filter_->output_frame_rate()}));
  }
}

}  // namespace hevcpool::media
