// SPDX-License-Identifier: GPL-2.0-or-later
// Decoded sound without holes: where the times of the frames leave a gap, silence is put in, and where they overlap, the
// later frames are cut. Times that only jitter change nothing. Plain values, one thread.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace hevcpool::media {

class AudioGaps {
 public:
  using Sink = std::function<Expected<void>(AVFrame&)>;

  // Times of frames are in `time_base`. With `begin` (microseconds) there is silence from then to the first frame.
  explicit AudioGaps(AVRational time_base, std::optional<std::int64_t> begin = {}) : time_base_(time_base), begin_(begin) {}

  // In the order of their times; the pts may be missing. The sink is lent frames that follow one another.
  Expected<void> take(AVFrame& frame, const Sink& sink);
  Expected<void> finish(const Sink& sink);

  bool started() const { return rate_ > 0; }
  std::int64_t first() const { return first_; }  // nanoseconds: where the sound that was given out begins

 private:
  std::int64_t now() const;
  std::int64_t lateness(const AVFrame& frame);
  std::int64_t threshold(const AVFrame& frame) const;
  void start(const AVFrame& frame);
  void change_rate(const AVFrame& frame);
  bool is_candidate(const AVFrame& frame, std::int64_t late) const;
  Expected<void> judge(const AVFrame& frame, std::int64_t& late, const Sink& sink);
  Expected<void> move(std::int64_t late, const AVFrame& like, const Sink& sink);
  Expected<void> fill(std::int64_t samples, const AVFrame& like, const Sink& sink);
  Expected<void> settle(bool real, const Sink& sink);
  Expected<void> hold(const AVFrame& frame);
  Expected<void> give(AVFrame& frame, const Sink& sink);

  AVRational time_base_;
  std::optional<std::int64_t> begin_;
  int rate_ = 0;                      // of the frames now
  std::int64_t first_ = 0;            // nanoseconds
  std::int64_t anchor_ = 0;           // nanoseconds, when the rate became what it is
  std::int64_t samples_ = 0;          // since then, those of the held frames included
  std::int64_t shift_ = 0;            // nanoseconds, added to all times: the clock went back
  std::int64_t last_late_ = 0;        // nanoseconds, of the frame before
  std::int64_t drop_ = 0;             // samples of the next frames that overlap what was given out
  std::deque<FramePtr> held_;         // behind a small gap that may be mere jitter
  std::int64_t held_late_ = 0;
};

}  // namespace hevcpool::media
