// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_gaps.h"

extern "C" {
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000, kSecond = 1'000 * kMillisecond;
// More than this is a gap at once. Less is one where it comes in one step and several frames agree on it: times of phones
// and of stream recordings go to and fro by about a frame.
constexpr std::int64_t kCertain = 100 * kMillisecond;
constexpr std::int64_t kLeast = 5 * kMillisecond, kMostDoubtful = 20 * kMillisecond;
constexpr std::size_t kAgreeing = 6;
// A step back of more than this is a clock that starts anew; a step of so many hours is no time at all.
constexpr std::int64_t kEarlySound = kSecond / 2;
constexpr std::int64_t kUnbelievable = 12 * 3600 * kSecond;
constexpr int kBlock = 8192;  // samples of silence in one frame

std::int64_t length(std::int64_t samples, int rate) { return av_rescale(samples, kSecond, rate); }

// Nanoseconds; nothing where the frame has no time, or one that no calculation can hold.
std::optional<std::int64_t> time_of(const AVFrame& frame, AVRational time_base) {
  constexpr std::int64_t kMost = INT64_MAX / 4;
  if (frame.pts == AV_NOPTS_VALUE) return std::nullopt;
  const std::int64_t time = av_rescale_q(frame.pts, time_base, kNanoseconds);
  return time > -kMost && time < kMost ? std::optional(time) : std::nullopt;
}

// Room for `samples` in the form of `like`.
Expected<FramePtr> new_frame(const AVFrame& like, int samples) {
  FramePtr frame(av_frame_alloc());
  if (!frame) return fail_av("audio", "silence", AVERROR(ENOMEM));
  frame->format = like.format;
  frame->sample_rate = like.sample_rate;
  frame->nb_samples = samples;
  int result = av_channel_layout_copy(&frame->ch_layout, &like.ch_layout);
  if (result >= 0) result = av_frame_get_buffer(frame.get(), 0);
  if (result < 0) return fail_av("audio", "silence", result);
  return frame;
}

}  // namespace

std::int64_t AudioGaps::now() const { return anchor_ + length(samples_, rate_); }

void AudioGaps::start(const AVFrame& frame) {
  rate_ = frame.sample_rate;
  const std::int64_t begin = begin_.value_or(0) * 1000;
  anchor_ = first_ = begin_ ? begin : time_of(frame, time_base_).value_or(begin);
}

void AudioGaps::change_rate(const AVFrame& frame) {
  anchor_ = now();
  samples_ = 0;
  rate_ = frame.sample_rate;
}

// Nanoseconds after the end of the frame before it; negative: before that.
std::int64_t AudioGaps::lateness(const AVFrame& frame) {
  const std::optional<std::int64_t> time = time_of(frame, time_base_);
  if (!time) return last_late_;
  const std::int64_t late = *time + shift_ - now();
  if (late > -kEarlySound && late < kUnbelievable) return late;
  shift_ -= late;
  return 0;
}

std::int64_t AudioGaps::threshold(const AVFrame& frame) const {
  const std::int64_t tick = av_rescale_q(1, time_base_, kNanoseconds);
  const std::int64_t part = std::min(length(frame.nb_samples, rate_) * 3 / 4, kMostDoubtful);
  return std::max({part, kLeast, 2 * tick});
}

bool AudioGaps::is_candidate(const AVFrame& frame, std::int64_t late) const {
  const std::int64_t least = threshold(frame);
  return std::abs(late) > least && std::abs(late - last_late_) > least;
}

Expected<void> AudioGaps::take(AVFrame& frame, const Sink& sink) {
  if (frame.sample_rate <= 0 || frame.ch_layout.nb_channels <= 0)
    return fail("audio", "invalid_data", "sound without sample rate or channels");
  if (!started()) start(frame);
  if (frame.sample_rate != rate_) {
    HEVCPOOL_CHECK(settle(true, sink));
    change_rate(frame);
  }
  std::int64_t late = lateness(frame);
  HEVCPOOL_CHECK(judge(frame, late, sink));
  last_late_ = late;
  samples_ += frame.nb_samples;
  return held_.empty() && held_late_ == 0 ? give(frame, sink) : hold(frame);
}

// Decides about the held frames, then about this one. `late` is what remains of its lateness.
Expected<void> AudioGaps::judge(const AVFrame& frame, std::int64_t& late, const Sink& sink) {
  if (begin_) {
    begin_.reset();
    return move(std::exchange(late, 0), frame, sink);
  }
  if (held_late_ != 0) {
    const bool agrees = std::abs(late) * 2 > std::abs(held_late_) && (late > 0) == (held_late_ > 0);
    const bool another = std::abs(late - held_late_) > kCertain;
    if (agrees && !another && held_.size() < kAgreeing) return {};
    const std::int64_t moved = agrees ? held_late_ : 0;
    HEVCPOOL_CHECK(settle(agrees, sink));
    late -= moved;
    last_late_ -= moved;
  }
  if (std::abs(late) > kCertain) {
    HEVCPOOL_CHECK(move(late, frame, sink));
    late = 0;
  } else if (is_candidate(frame, late)) {
    held_late_ = late;
  }
  return {};
}

// Silence before the next frame, or a part of it that is left out.
Expected<void> AudioGaps::move(std::int64_t late, const AVFrame& like, const Sink& sink) {
  const std::int64_t samples = av_rescale(late, rate_, kSecond);
  samples_ += samples;
  if (samples > 0) return fill(samples, like, sink);
  drop_ -= samples;
  return {};
}

Expected<void> AudioGaps::fill(std::int64_t samples, const AVFrame& like, const Sink& sink) {
  while (samples > 0) {
    const int count = static_cast<int>(std::min<std::int64_t>(samples, kBlock));
    HEVCPOOL_ASSIGN(const FramePtr silence, new_frame(like, count));
    av_samples_set_silence(silence->extended_data, 0, count, like.ch_layout.nb_channels,
                           static_cast<AVSampleFormat>(like.format));
    HEVCPOOL_CHECK(sink(*silence));
    samples -= count;
  }
  return {};
}

Expected<void> AudioGaps::settle(bool real, const Sink& sink) {
  const std::int64_t late = std::exchange(held_late_, 0);
  if (real && !held_.empty()) HEVCPOOL_CHECK(move(late, *held_.front(), sink));
  while (!held_.empty()) {
    const FramePtr frame = std::move(held_.front());
    held_.pop_front();
    HEVCPOOL_CHECK(give(*frame, sink));
  }
  return {};
}

Expected<void> AudioGaps::hold(const AVFrame& frame) {
  FramePtr kept(av_frame_clone(&frame));
  if (!kept) return fail_av("audio", "keep frame", AVERROR(ENOMEM));
  held_.push_back(std::move(kept));
  return {};
}

Expected<void> AudioGaps::give(AVFrame& frame, const Sink& sink) {
  if (drop_ == 0) return sink(frame);
  const int left_out = static_cast<int>(std::min<std::int64_t>(drop_, frame.nb_samples));
  drop_ -= left_out;
  if (left_out == frame.nb_samples) return {};
  HEVCPOOL_ASSIGN(const FramePtr rest, new_frame(frame, frame.nb_samples - left_out));
  av_samples_copy(rest->extended_data, frame.extended_data, 0, left_out, rest->nb_samples, frame.ch_layout.nb_channels,
                  static_cast<AVSampleFormat>(frame.format));
  return sink(*rest);
}

Expected<void> AudioGaps::finish(const Sink& sink) { return settle(true, sink); }

}  // namespace hevcpool::media
