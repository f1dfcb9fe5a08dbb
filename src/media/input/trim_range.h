// SPDX-License-Identifier: GPL-2.0-or-later
// Which frames of a video stream are to be encoded: those on screen in [start, start + duration) of the options,
// counted from the file's start as players count. A frame stays on screen until the next one: the range begins with the
// frame that is on at its start, from there on. Plain values, one thread.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/encode.h>

#include <cstdint>
#include <optional>

namespace hevcpool::media {

// What the times of a user count from, AV_TIME_BASE units; nothing in a stream without times.
std::optional<std::int64_t> time_zero_of(const AVFormatContext& format, const AVStream& stream);

class TrimRange {
 public:
  // All times are in `time_base`. `zero`, in AV_TIME_BASE units, is what the options count from, where that is known.
  TrimRange(AVRational time_base, std::optional<std::int64_t> zero, const EncodeOptions& options);

  // The first frame of the stream, where nothing else says what the options count from.
  void count_from(std::int64_t first);

  enum class Place { before, inside, after };
  Place place(std::int64_t pts) const;
  bool is_whole() const { return begin_ == INT64_MIN && end_ == INT64_MAX; }
  std::int64_t begin() const { return begin_; }  // INT64_MIN: of the file
  std::int64_t end() const { return end_; }      // INT64_MAX: of the file
  // Whether a frame of that time leaves nothing of the range to the one before it.
  bool is_at_begin(std::int64_t pts) const { return pts <= begin_ + rounding_; }

 private:
  std::int64_t begin_ = INT64_MIN, end_ = INT64_MAX;
  bool zero_known_ = true;
  std::int64_t rounding_ = 0;  // the caller's seconds are decimal, the clock's ticks are not
};

// The first frame of a range: the latest of those before it, kept until it is known whether it is still on.
class FrameOnScreen {
 public:
  Expected<void> keep(const AVFrame& frame);
  // When the range begins, with a frame of time `pts` coming next: the frame that is on until then, its time moved to
  // the begin; null where there is none.
  FramePtr take(const TrimRange& range, std::int64_t pts);

 private:
  FramePtr frame_;
};

}  // namespace hevcpool::media
