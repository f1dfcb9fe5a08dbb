// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_gaps.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr int kRate = 48000, kFrame = 1024;
constexpr double kLength = static_cast<double>(kFrame) / kRate;  // 21.3 ms
constexpr AVRational kMilliseconds{1, 1000};

// One channel whose samples are all `value`.
FramePtr frame_of(std::int16_t value, std::int64_t pts, int samples = kFrame, int rate = kRate) {
  FramePtr frame(av_frame_alloc());
  frame->format = AV_SAMPLE_FMT_S16;
  frame->sample_rate = rate;
  frame->nb_samples = samples;
  frame->pts = pts;
  av_channel_layout_default(&frame->ch_layout, 1);
  EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  std::fill_n(reinterpret_cast<std::int16_t*>(frame->data[0]), samples, value);
  return frame;
}

class Line {
 public:
  explicit Line(AVRational time_base = kMilliseconds, std::optional<std::int64_t> begin = {}) : gaps_(time_base, begin) {}
  void take(std::int16_t value, double seconds, int samples = kFrame, int rate = kRate) {
    take_ticks(value, std::lround(seconds * 1000), samples, rate);
  }
  void take_ticks(std::int16_t value, std::int64_t pts, int samples = kFrame, int rate = kRate) {
    const FramePtr frame = frame_of(value, pts, samples, rate);
    EXPECT_TRUE(gaps_.take(*frame, sink()));
  }
  // The samples so far, to the end.
  const std::vector<std::int16_t>& finish() {
    EXPECT_TRUE(gaps_.finish(sink()));
    return heard_;
  }
  std::int64_t first() const { return gaps_.first(); }
  // The first sample of that value; -1: none.
  int place_of(std::int16_t value) const {
    const auto found = std::find(heard_.begin(), heard_.end(), value);
    return found == heard_.end() ? -1 : static_cast<int>(found - heard_.begin());
  }

 private:
  AudioGaps::Sink sink() {
    return [this](AVFrame& frame) {
      const auto* samples = reinterpret_cast<const std::int16_t*>(frame.data[0]);
      heard_.insert(heard_.end(), samples, samples + frame.nb_samples);
      return Expected<void>{};
    };
  }
  AudioGaps gaps_;
  std::vector<std::int16_t> heard_;
};

TEST(AudioGapsTest, FramesInARowStayAsTheyAre) {
  Line line;
  for (int n = 0; n < 50; ++n) line.take(static_cast<std::int16_t>(n + 1), 0.2 + n * kLength);  // rounded to milliseconds
  EXPECT_EQ(line.finish().size(), 50u * kFrame);
  EXPECT_EQ(line.place_of(0), -1);
  EXPECT_EQ(line.first(), 200'000'000);
}

TEST(AudioGapsTest, AGapBecomesSilence) {
  Line line;
  line.take(1, 0);
  line.take(2, 2);
  line.take(3, 2 + kLength);
  EXPECT_EQ(line.finish().size(), 2u * kRate + 2 * kFrame);
  EXPECT_EQ(line.place_of(0), kFrame);
  EXPECT_EQ(line.place_of(2), 2 * kRate);
  EXPECT_EQ(line.place_of(3), 2 * kRate + kFrame);
}

TEST(AudioGapsTest, OneLostFrameIsAGapInItsPlace) {
  for (const int after : {3, 40}) {  // also close to the end
    Line line;
    for (int n = 0; n < 10 + after; ++n)
      if (n != 10) line.take(static_cast<std::int16_t>(n + 1), n * kLength);
    EXPECT_NEAR(static_cast<double>(line.finish().size()), (10 + after) * kFrame, kRate / 1000) << after;
    EXPECT_EQ(line.place_of(0), 10 * kFrame);
    EXPECT_NEAR(line.place_of(12), 11 * kFrame, kRate / 1000);
  }
}

TEST(AudioGapsTest, SeveralLostFramesAreFilledEach) {
  Line line;
  for (int n = 0; n < 100; ++n)
    if (n % 11 != 10) line.take(static_cast<std::int16_t>(n + 1), n * kLength);
  line.finish();
  for (const int n : {20, 50, 90}) EXPECT_NEAR(line.place_of(static_cast<std::int16_t>(n + 1)), n * kFrame, kRate / 500) << n;
}

TEST(AudioGapsTest, TimesThatGoToAndFroChangeNothing) {
  Line line;
  for (int n = 0; n < 100; ++n) line.take(1, n * kLength + (n % 3 == 0 ? 0.03 : n % 3 == 1 ? -0.02 : 0));
  EXPECT_EQ(line.finish().size(), 100u * kFrame);
  EXPECT_EQ(line.place_of(0), -1);
}

TEST(AudioGapsTest, AClockThatRunsAwayIsFollowedInSteps) {
  Line line;
  for (int n = 0; n < 1000; ++n) line.take(1, n * kLength * 1.01);
  EXPECT_NEAR(static_cast<double>(line.finish().size()), 1000 * kFrame * 1.01, 0.1 * kRate);
}

TEST(AudioGapsTest, WhatOverlapsIsLeftOut) {
  Line line;
  for (int n = 0; n < 20; ++n) line.take(1, n * kLength);
  for (int n = 0; n < 20; ++n) line.take(2, (10 + n) * kLength);  // 10 frames too early
  EXPECT_NEAR(static_cast<double>(line.finish().size()), 30 * kFrame, kRate / 1000);
  EXPECT_EQ(line.place_of(2), 20 * kFrame);
}

TEST(AudioGapsTest, ARepeatedFrameIsLeftOut) {
  Line line;
  for (int n = 0; n < 30; ++n)
    for (int again = 0; again <= (n == 10); ++again) line.take(static_cast<std::int16_t>(n + 1), n * kLength);
  EXPECT_NEAR(static_cast<double>(line.finish().size()), 30 * kFrame, kRate / 1000);
}

TEST(AudioGapsTest, AClockThatStartsAnewGoesOn) {
  Line line;
  for (int n = 0; n < 20; ++n) line.take(1, 100 + n * kLength);
  for (int n = 0; n < 20; ++n) line.take(2, n * kLength);
  EXPECT_EQ(line.finish().size(), 40u * kFrame);
}

TEST(AudioGapsTest, SilenceUpToTheFirstSoundWhereABeginIsAskedFor) {
  for (const double delay : {0.0, 0.007, 0.05, 1.5}) {
    Line line(kMilliseconds, 3'000'000);
    line.take(1, 3 + delay);
    line.take(2, 3 + delay + kLength);
    EXPECT_EQ(line.finish().size(), static_cast<std::size_t>(std::lround(delay * kRate)) + 2 * kFrame) << delay;
    EXPECT_EQ(line.first(), 3'000'000'000);
    EXPECT_EQ(line.place_of(1), std::lround(delay * kRate));
  }
}

TEST(AudioGapsTest, FramesWithoutTimesFollowOneAnother) {
  Line line;
  line.take(1, 1);
  for (int n = 0; n < 9; ++n) line.take_ticks(1, AV_NOPTS_VALUE);
  EXPECT_EQ(line.finish().size(), 10u * kFrame);
}

TEST(AudioGapsTest, ATimeThatCannotBeIsNone) {
  Line line;
  line.take(1, 0);
  line.take_ticks(1, INT64_C(1) << 50);
  line.take(1, 2 * kLength);
  EXPECT_LE(line.finish().size(), 4u * kFrame);
}

TEST(AudioGapsTest, TheRateMayChange) {
  Line line;
  for (int n = 0; n < 10; ++n) line.take(1, n * 0.05, 2400, 48000);
  for (int n = 0; n < 10; ++n) line.take(2, 0.5 + n * 0.05, 1600, 32000);
  EXPECT_EQ(line.finish().size(), 24000u + 16000u);
  EXPECT_EQ(line.place_of(0), -1);
}

}  // namespace
}  // namespace hevcpool::media
