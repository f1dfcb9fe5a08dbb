// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/timeline.h"

#include "media/input/stream_rate.h"

#include <algorithm>
#include <cstdlib>

namespace hevcpool::media {
namespace {

// As ffmpeg draws the lines: a step of 10 s forward, or any step back that reordering cannot explain.
constexpr std::int64_t kForwardJump = 10 * std::int64_t{AV_TIME_BASE};
constexpr std::int64_t kBackwardJump = AV_TIME_BASE / 10;
// Of copied sound: how late a packet may become by those before it; a step back that is no mere disorder.
constexpr std::int64_t kMostLate = AV_TIME_BASE / 10, kRestart = AV_TIME_BASE / 2;

void move(AVPacket& packet, std::int64_t ticks) {
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += ticks;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += ticks;
}

}  // namespace

Continuity::Continuity(const AVFormatContext& format)
    : format_(&format), may_jump_(format.iformat->flags & AVFMT_TS_DISCONT) {}

void Continuity::reset() {
  clocks_.clear();
  newest_ = AV_NOPTS_VALUE;
  shift_ = shift_before_ = 0;
}

Continuity::Clock& Continuity::clock_of(const AVPacket& packet) {
  const auto index = static_cast<std::size_t>(packet.stream_index);
  if (index >= clocks_.size()) clocks_.resize(std::max<std::size_t>(index + 1, format_->nb_streams));
  clocks_[index].picture = format_->streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
  return clocks_[index];
}

bool Continuity::jumps(const Clock& clock, std::int64_t dts) const {
  if (clock.next == AV_NOPTS_VALUE) return newest_ != AV_NOPTS_VALUE && std::abs(dts - newest_) > kForwardJump;
  // A hole in this stream alone: the others are where it goes on.
  const bool hole = dts > clock.next && newest_ != AV_NOPTS_VALUE && std::abs(dts - newest_) < kForwardJump;
  return (std::abs(dts - clock.next) > kForwardJump && !hole) || dts + kBackwardJump < clock.last;
}

// Whether a picture is there that has not come to the jump yet.
bool Continuity::picture_decides(const Clock& clock) const {
  return !clock.picture &&
         std::ranges::any_of(clocks_, [](const Clock& other) { return other.picture && other.next != AV_NOPTS_VALUE; });
}

void Continuity::begin_anew(Clock& clock, std::int64_t raw) {
  ++jumps_;
  shift_before_ = clock.shift;
  shift_ = (clock.next != AV_NOPTS_VALUE ? clock.next : newest_) - raw;
}

// A stream that has not come to the last jump yet goes on as before it.
std::int64_t Continuity::nearest_shift(std::int64_t raw, std::int64_t expected, std::int64_t shift) const {
  return std::abs(raw + shift_ - expected) <= std::abs(raw + shift - expected) ? shift_ : shift;
}

void Continuity::go_on(Clock& clock, std::int64_t raw, std::int64_t duration) {
  const std::int64_t dts = raw + clock.shift;
  if (clock.last != AV_NOPTS_VALUE && dts > clock.last) clock.step = dts - clock.last;
  clock.last = newest_ = dts;
  clock.next = dts + (duration > 0 ? duration : clock.step);
}

bool Continuity::apply(AVPacket& packet, bool decide) {
  if (!may_jump_) return true;
  const AVStream& stream = *format_->streams[packet.stream_index];
  const AVMediaType type = stream.codecpar->codec_type;
  const std::int64_t time = packet.dts != AV_NOPTS_VALUE ? packet.dts : packet.pts;
  const std::int64_t raw = time == AV_NOPTS_VALUE ? time : av_rescale_q(time, stream.time_base, kMicroseconds);
  Clock& clock = clock_of(packet);
  const bool steady = type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO;  // others come when they like
  if (raw != AV_NOPTS_VALUE && !steady) {
    clock.shift = newest_ == AV_NOPTS_VALUE ? shift_ : nearest_shift(raw, newest_, shift_before_);
  } else if (raw != AV_NOPTS_VALUE) {
    if (clock.next == AV_NOPTS_VALUE) clock.shift = shift_;
    const std::int64_t expected = clock.next == AV_NOPTS_VALUE ? newest_ : clock.next;
    const std::int64_t before = clock.shift;
    if (expected != AV_NOPTS_VALUE) clock.shift = nearest_shift(raw, expected, clock.shift);
    // A stream that comes to another's jump may find its own end a little before or after that one's.
    const bool follows = clock.shift != before && std::abs(raw + clock.shift - expected) <= kForwardJump;
    if (!follows && jumps(clock, raw + clock.shift)) {
      if (!decide && picture_decides(clock)) return false;
      begin_anew(clock, raw);
      clock.shift = shift_;
    }
    go_on(clock, raw, av_rescale_q(packet.duration, stream.time_base, kMicroseconds));
  }
  if (clock.shift != 0) move(packet, av_rescale_q(clock.shift, kMicroseconds, stream.time_base));
  return true;
}

CopyClock::CopyClock(const AVStream& stream) : stream_(&stream), time_base_(stream.time_base) {
  const AVCodecParameters& codec = *stream.codecpar;
  if (codec.codec_type != AVMEDIA_TYPE_AUDIO || codec.sample_rate <= 0) return;
  time_base_ = finer_clock(stream.time_base, codec.sample_rate);
  tick_ = std::max<std::int64_t>(1, av_rescale_q(1, stream.time_base, time_base_));
}

std::int64_t CopyClock::duration(const AVPacket& packet) const {
  if (packet.duration > 0) return packet.duration;
  const AVCodecParameters& codec = *stream_->codecpar;
  if (codec.codec_type != AVMEDIA_TYPE_AUDIO || codec.sample_rate <= 0) return 0;
  const int samples = av_get_audio_frame_duration2(stream_->codecpar, packet.size);
  // The last packet often has none; muxers that cut at the sum of all durations would lose it.
  if (samples > 0) return av_rescale_q(samples, {1, codec.sample_rate}, time_base_);
  // As long as the one before it took, where that was no gap.
  if (last_ == AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE || packet.dts <= last_) return last_duration_;
  const std::int64_t step = packet.dts - last_;
  return last_duration_ > 0 ? std::min(step, 2 * last_duration_) : step;
}

// For a packet whose time is no later than the one before it.
std::int64_t CopyClock::after_last(std::int64_t dts) const {
  if (stream_->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) return last_;
  // Packets shorter than a tick share one: they stay in it, or the stream would run late by a little every time.
  const std::int64_t rest = dts + tick_ - last_;
  const bool shared = last_duration_ <= tick_ && rest > 0 && rest <= tick_;
  if (shared) return std::max(last_ + 1, last_ + rest / 3);
  // A few packets with one time follow one another. Many are a flaw of the file, and what comes after them is not to be
  // late for it; but a clock that starts anew goes on where it was.
  const bool in_sync = av_compare_ts(next_ - dts, time_base_, kMostLate, kMicroseconds) <= 0;
  return std::max(last_ + 1, (repeated_ && in_sync) || restarted_ ? next_ : last_ + 1);
}

void CopyClock::watch(std::int64_t dts) {
  const bool back = source_ != AV_NOPTS_VALUE && av_compare_ts(source_ - dts, time_base_, kRestart, kMicroseconds) > 0;
  restarted_ = back || (restarted_ && dts <= last_);
  repeated_ = dts == source_;
  source_ = dts;
}

void CopyClock::apply(AVPacket& packet) {
  av_packet_rescale_ts(&packet, stream_->time_base, time_base_);
  packet.duration = last_duration_ = duration(packet);
  if (packet.dts != AV_NOPTS_VALUE) watch(packet.dts);
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts != AV_NOPTS_VALUE ? packet.pts : next_;
  if (packet.dts == AV_NOPTS_VALUE && stream_->start_time != AV_NOPTS_VALUE)
    packet.dts = av_rescale_q(stream_->start_time, stream_->time_base, time_base_);
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = 0;
  if (last_ != AV_NOPTS_VALUE && packet.dts <= last_) {
    packet.dts = after_last(packet.dts);
    if (packet.pts != AV_NOPTS_VALUE && packet.pts < packet.dts) packet.pts = packet.dts;
  }
  if (packet.pts == AV_NOPTS_VALUE) packet.pts = packet.dts;
  last_ = packet.dts;
  next_ = packet.dts + packet.duration;
}

void StreamReach::note(const AVPacket& packet, bool sound) {
  if (packet.size == 0 || (packet.flags & AV_PKT_FLAG_DISCARD) != 0) return;  // nothing that is shown or heard
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  const std::int64_t dts = packet.dts != AV_NOPTS_VALUE ? packet.dts : last_dts_;
  steady_ &= time != AV_NOPTS_VALUE && (last_dts_ == AV_NOPTS_VALUE || dts >= last_dts_);
  last_dts_ = dts;
  if (!steady_) return;
  const std::int64_t end = time + (sound ? packet.duration : 0);
  end_ = end_ == AV_NOPTS_VALUE ? end : std::max(end_, end);
}

std::optional<std::int64_t> StreamReach::end() const {
  return steady_ && end_ != AV_NOPTS_VALUE ? std::optional(end_) : std::nullopt;
}

}  // namespace hevcpool::media
