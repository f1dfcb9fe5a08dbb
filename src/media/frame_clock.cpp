// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frame_clock.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>

namespace hevcpool::media {

FrameClock::FrameClock(AVRational time_base, AVRational frame_rate) : interval_{0, 1} {
  if (frame_rate.num > 0 && frame_rate.den > 0) interval_ = av_inv_q(av_mul_q(frame_rate, time_base));
}

std::int64_t FrameClock::expected() const {
  if (last_ == AV_NOPTS_VALUE) return 0;
  if (interval_.num <= 0 || anchor_ == AV_NOPTS_VALUE) return last_ + last_duration_;
  return anchor_ + av_rescale(since_anchor_, interval_.num, interval_.den);
}

std::int64_t FrameClock::next(std::int64_t best_effort, std::int64_t duration) {
  const bool known = best_effort != AV_NOPTS_VALUE;
  const bool in_order = known && (last_ == AV_NOPTS_VALUE || best_effort > last_);
  std::int64_t pts = known ? best_effort : expected();
  if (last_ != AV_NOPTS_VALUE) pts = std::max(pts, last_ + 1);
  if (!in_order) ++repaired_;
  if (duration > 0)
    last_duration_ = duration;
  else if (interval_.num > 0)
    last_duration_ = std::max<std::int64_t>(1, av_rescale(1, interval_.num, interval_.den));
  else if (last_ != AV_NOPTS_VALUE)
    last_duration_ = pts - last_;
  if (in_order || last_ == AV_NOPTS_VALUE) {
    anchor_ = pts;
    since_anchor_ = 0;
  }
  ++since_anchor_;
  last_ = pts;
  return pts;
}

void PacketClock::push(std::int64_t pts, std::int64_t duration) {
  const std::int64_t number = end();
  if (number == 0) first_ = pts;
  if (number <= delay_) lead_ = pts - first_;
  times_.push_back(pts);
  last_duration_ = std::max<std::int64_t>(1, duration);
}

bool PacketClock::known(std::int64_t frame) const {
  return finished_ || (end() > frame + 1 && end() > delay_);
}

std::int64_t PacketClock::decoding_time(std::int64_t packet) const {
  if (packet >= delay_) return pts(packet - delay_);
  // Before the first frame is shown: the first gaps once more, or made-up ones where there are too few
  // frames.
  if (end() > delay_) return pts(packet) - lead_;
  return first_ - (delay_ - packet) * last_duration_;
}

PacketTimes PacketClock::take(std::int64_t frame) {
  PacketTimes times;
  times.pts = pts(frame);
  times.dts = std::min(decoding_time(taken_), times.pts);
  times.duration = frame + 1 < end() ? pts(frame + 1) - times.pts : last_duration_;
  ++taken_;
  forget();
  return times;
}

void PacketClock::forget() {
  // A later packet shows no frame before this one: reordering spans at most `delay` frames.
  while (forgotten_ < taken_ - delay_ && !times_.empty()) {
    times_.pop_front();
    ++forgotten_;
  }
}

}  // namespace hevcpool::media
