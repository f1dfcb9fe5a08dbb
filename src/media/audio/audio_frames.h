// SPDX-License-Identifier: GPL-2.0-or-later
// Decoded sound through a filter graph: pull the frames until there are none. The graph is made with the first
// frame, and finished and made anew where the stream changes its format. The reader must outlive it.
#pragma once

#include "media/libav/frame_filter.h"
#include "media/input/frame_reader.h"

#include <optional>
#include <string>

namespace hevcpool::media {

class AudioFrames {
 public:
  AudioFrames(FrameReader& reader, std::string graph) : reader_(&reader), graph_(std::move(graph)) {}

  // Null at the end. Times are in time_base().
  Expected<FramePtr> next();
  AVRational time_base() const { return filter_ ? filter_->output_time_base() : AVRational{1, 1}; }

 private:
  Expected<void> feed();
  Expected<void> take(AVFrame& frame);

  FrameReader* reader_;
  std::string graph_;
  std::optional<FrameFilter> filter_;
  FramePtr waiting_;  // of a new format, until the old graph is empty
  bool ended_ = false;
};

}  // namespace hevcpool::media
