// SPDX-License-Identifier: GPL-2.0-or-later
// A libavfilter graph with one input and one output, made for frames like a given one. When later frames differ
// in size or format the owner makes a new one. One thread.
#pragma once

#include "media/libav/av.h"

#include <string>

namespace hevcpool::media {

class FrameFilter {
 public:
  // `description` is a linear graph ("scale=320:-1,format=rgb24"). Works for video and for audio frames.
  static Expected<FrameFilter> create(const AVFrame& example, AVRational time_base, AVRational frame_rate,
                                      const std::string& description);

  // Null ends the stream. The frame keeps its own reference.
  Expected<void> push(const AVFrame* frame);
  // Ends the stream too, and says when the last frame is over: filters that change the rate need it.
  Expected<void> close(std::int64_t end);
  // A finished frame, or null when there is none now.
  Expected<FramePtr> pull();
  // push() and the one frame that it must give.
  Expected<FramePtr> run(const AVFrame& frame);

  // True when `frame` can go into this graph.
  bool fits(const AVFrame& frame) const;
  AVRational output_time_base() const;
  AVRational output_frame_rate() const;  // of video; 0/1 when unknown
  AVFilterContext* find(const char* instance) const { return avfilter_graph_get_filter(graph_.get(), instance); }

 private:
  FrameFilter() = default;
  Expected<void> build(const AVFrame& example, AVRational time_base, AVRational frame_rate,
                       const std::string& description);

  bool described_alike(const AVFrame& frame) const;

  struct Description {  // of pictures
    AVRational aspect{0, 1};
    AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
    AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
    AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  };
  FilterGraphPtr graph_;
  AVFilterContext* source_ = nullptr;  // both owned by graph_
  AVFilterContext* sink_ = nullptr;
  int width_ = 0, height_ = 0, format_ = -1, sample_rate_ = 0;
  Description described_;
  FramePtr form_;  // its channel layout is that of the frames; it has no data
};

bool filter_exists(const char* name);

}  // namespace hevcpool::media
