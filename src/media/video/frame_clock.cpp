// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/frame_clock.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstdlib>

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

std::int64_t RegularClock::next(std::int64_t pts) {
  constexpr int kFramesOfATrust = 8;
  if (interval_.num <= 0) return pts;
  if (anchor_ == AV_NOPTS_VALUE) return anchor_ = pts;
  const std::int64_t frames = av_rescale(pts - anchor_, interval_.den, interval_.num);
  const std::int64_t exact = anchor_ + av_rescale(frames, interval_.num, interval_.den);
  if (frames > 0 && std::abs(exact - pts) <= tick_) {
    first_gap_ = false;
    if (distrust_ > 0) --distrust_;
    return distrust_ > 0 ? pts : exact;
  }
  // The first one of a range is shown from the beginning of the range on, wherever that is.
  if (!first_gap_) distrust_ = kFramesOfATrust;
  first_gap_ = false;
  return anchor_ = pts;
}

std::int64_t RegularClock::duration(std::int64_t duration) const {
  if (interval_.num <= 0 || distrust_ > 0) return duration;
  const std::int64_t exact = av_rescale(1, interval_.num, interval_.den);
  return std::abs(exact - duration) <= tick_ ? exact : duration;
}

RegularClock regular_clock_of(const AVStream& stream, const StreamRate& rate, AVRational time_base) {
  if (!keeps_to_grid(stream, rate)) return {};
  return {av_inv_q(av_mul_q(rate.nominal, time_base)), av_rescale_q(1, stream.time_base, time_base)};
}

std::int64_t last_duration(std::int64_t pts, std::int64_t duration, std::int64_t end, AVRational time_base) {
  const std::int64_t rounding = av_rescale_q(2, {1, 1000}, time_base);
  return end > pts + duration + rounding ? end - pts : std::max<std::int64_t>(1, duration);
}

void PacketClock::push(std::int64_t pts, std::int64_t duration) {
  const std::int64_t number = end();
  if (number == 0) first_ = pts;
  if (number <= delay_) lead_ = pts - first_;
  times_.push_back(pts);
  last_duration_ = std::max<std::int64_t>(1, duration);
}

bool PacketClock::known(std::int64_t frame) const {
  return finished_ || (end() > frame + 1 && end() > delay_ && end() > taken_ + 1);
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
  if (++taken_ == end() && finished_) reach_the_end(times);
  forget();
  return times;
}

// Some containers add up the durations of all packets in decoding order, to know where the stream ends: what the last
// frame shown lasts is then the matter of the last packet.
void PacketClock::reach_the_end(PacketTimes& times) const {
  const std::int64_t shown_until = pts(end() - 1) + last_duration_;
  const std::int64_t rest = std::min(shown_until - lead_ - times.dts, shown_until - times.pts);
  times.duration = std::max(times.duration, rest);
}

void PacketClock::forget() {
  // A later packet shows no frame before this one: reordering spans at most `delay` frames.
  while (forgotten_ < taken_ - delay_ && !times_.empty()) {
    times_.pop_front();
    ++forgotten_;
  }
}

}  // namespace hevcpool::media
