// SPDX-License-Identifier: GPL-2.0-or-later
// The filters between decoder and encoder: deinterlacing where frames need it, then what the request asks
// for. With nothing to do frames pass untouched. A change of the frames' size or format mid-stream ends one
// libavfilter graph and begins another; so does the first interlaced frame. For one thread.
#pragma once

#include <hevcpool/encode.h>

#include <functional>
#include <optional>

#include "media/libav/frame_filter.h"
#include "media/video/filter_rules.h"

namespace hevcpool::media {

// The clock of filtered frames.
struct FilterOutput {
  AVRational time_base;
  AVRational frame_rate;  // 0/1 when unknown
};

class FilterChain {
 public:
  // A finished frame; lent for the call.
  using Sink = std::function<Expected<void>(const AVFrame&, const FilterOutput&)>;

  // Times of frames pushed are in `time_base`. The options' graph must have passed check_filter_graph().
  static Expected<FilterChain> create(const EncodeOptions& options, AVRational time_base,
                                      AVRational frame_rate);

  Expected<void> push(AVFrame& frame, const Sink& sink);
  Expected<void> finish(const Sink& sink);

  // True when the options name filters that may change times or number of the frames.
  bool changes_times() const { return !keeps_times_; }
  // True when the options name any filter.
  bool changes_pictures() const { return !graph_.empty(); }
  // Frames deinterlaced so far.
  std::int64_t deinterlaced() const { return deinterlaced_; }

 private:
  FilterChain(std::string graph, Deinterlace deinterlace, AVRational time_base, AVRational frame_rate)
      : graph_(std::move(graph)), keeps_times_(keeps_times(graph_)), deinterlace_(deinterlace), time_base_(time_base), frame_rate_(frame_rate) {}
  std::string description_for(const AVFrame& frame);
  Expected<void> pull(const Sink& sink);

  std::string graph_;  // of the options; empty: none
  bool keeps_times_;
  Deinterlace deinterlace_;
  AVRational time_base_, frame_rate_;
  bool deinterlacing_ = false;
  std::string description_;  // of filter_
  std::optional<FrameFilter> filter_;
  std::int64_t end_ = 0;  // of the last frame pushed
  std::int64_t deinterlaced_ = 0;
};

}  // namespace hevcpool::media
