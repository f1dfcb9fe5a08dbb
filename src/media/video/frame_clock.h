// SPDX-License-Identifier: GPL-2.0-or-later
// When frames are shown and when packets are decoded. FrameClock gives every decoded frame a time of its own,
// also where the source has none or repeats one; PacketClock gives the packets of the encoder, which come in
// decoding order and know only the number of their frame, exact presentation times, decoding times and
// durations. Plain values for one thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>

#include "media/libav/av.h"
#include "media/input/stream_rate.h"

namespace hevcpool::media {

class FrameClock {
 public:
  // `frame_rate` (0/1 when unknown) fills in for frames without a time.
  FrameClock(AVRational time_base, AVRational frame_rate);

  // The time of the next frame in presentation order: `best_effort` where that is later than the last
  // frame's, else the earliest time that is. `duration` is what the source says of this frame, 0 when
  // nothing.
  std::int64_t next(std::int64_t best_effort, std::int64_t duration);
  // What the last frame lasts, in ticks: what it said itself, else the frame rate, else the gap before it.
  std::int64_t last_duration() const { return last_duration_; }
  // When the last frame is over; INT64_MIN before the first.
  std::int64_t end() const { return last_ == AV_NOPTS_VALUE ? INT64_MIN : last_ + last_duration_; }
  std::int64_t repaired() const { return repaired_; }  // frames whose time had to be made up

 private:
  std::int64_t expected() const;

  AVRational interval_;  // ticks per frame, exact; 0/1 when unknown
  std::int64_t last_ = AV_NOPTS_VALUE;
  std::int64_t anchor_ = AV_NOPTS_VALUE;  // the last time the source itself gave
  std::int64_t since_anchor_ = 0;         // frames made up since then: no rounding error adds up
  std::int64_t last_duration_ = 1;
  std::int64_t repaired_ = 0;
};

// Frames of a constant rate whose times were rounded to a coarse clock (Matroska counts milliseconds) get the exact
// ones back. A time that is further from the rate's grid than a tick of that clock stays as it is: the rate is not
// constant, or one film ends there and another begins. After some frames that keep to a grid from there on it counts again.
class RegularClock {
 public:
  RegularClock() = default;  // changes nothing
  // `interval`: ticks from frame to frame, exact; `tick`: of the coarse clock.
  RegularClock(AVRational interval, std::int64_t tick) : interval_(interval), tick_(tick) {}

  // Of the next frame in presentation order.
  std::int64_t next(std::int64_t pts);
  // What is a frame's interval but for rounding becomes that.
  std::int64_t duration(std::int64_t duration) const;

 private:
  AVRational interval_{0, 1};
  std::int64_t tick_ = 0;
  std::int64_t anchor_ = AV_NOPTS_VALUE;
  int distrust_ = 0;  // so many frames must keep to the grid first
  bool first_gap_ = true;  // the next frame is the second
};

// For the times that VideoTrack gives of this stream.
RegularClock regular_clock_of(const AVStream& stream, const StreamRate& rate, AVRational time_base);

// How long the last frame is shown: `duration`, or until `end` where that is later by more than rounding.
std::int64_t last_duration(std::int64_t pts, std::int64_t duration, std::int64_t end, AVRational time_base);

struct PacketTimes {
  std::int64_t pts = 0, dts = 0, duration = 0;
};

// dts[i] = pts of the i-th frame shown, moved by the reordering delay: strictly increasing and never above
// pts, at any frame rate.
class PacketClock {
 public:
  explicit PacketClock(int reorder_delay) : delay_(reorder_delay) {}

  // The next frame in presentation order goes into the encoder. `duration` counts only for the last one.
  void push(std::int64_t pts, std::int64_t duration);
  // No frame follows.
  void finish() { finished_ = true; }
  // The last frame is shown for so long.
  void set_last_duration(std::int64_t duration) { last_duration_ = std::max<std::int64_t>(1, duration); }
  // True when take(frame) can be answered: the frame after it is known, and so are the first `delay` ones and whether
  // another packet follows.
  bool known(std::int64_t frame) const;
  // Times of the next packet in decoding order, which shows frame number `frame`.
  PacketTimes take(std::int64_t frame);

 private:
  std::int64_t pts(std::int64_t frame) const { return times_[static_cast<std::size_t>(frame - forgotten_)]; }
  std::int64_t end() const { return forgotten_ + static_cast<std::int64_t>(times_.size()); }
  std::int64_t decoding_time(std::int64_t packet) const;
  void reach_the_end(PacketTimes& times) const;
  void forget();

  int delay_;
  std::deque<std::int64_t> times_;  // of frames forgotten_ and later
  std::int64_t forgotten_ = 0;
  std::int64_t first_ = 0;  // pts of frame 0
  std::int64_t lead_ = 0;   // pts[delay] - pts[0]
  std::int64_t taken_ = 0;
  std::int64_t last_duration_ = 1;
  bool finished_ = false;
};

}  // namespace hevcpool::media
