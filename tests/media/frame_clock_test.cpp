// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/frame_clock.h"

#include <gtest/gtest.h>

#include <vector>

namespace hevcpool::media {
namespace {

TEST(FrameClockTest, KeepsTimesThatIncrease) {
  FrameClock clock({1, 1000}, {25, 1});
  for (const std::int64_t time : {-5, 0, 3, 1000, 1001}) EXPECT_EQ(clock.next(time, 0), time);
  EXPECT_EQ(clock.repaired(), 0);
}

TEST(FrameClockTest, MakesUpMissingTimesFromTheRateWithoutDrift) {
  FrameClock clock({1, 90'000}, {24'000, 1001});
  const std::int64_t hour = 24 * 3600;
  for (std::int64_t n = 0; n < hour; ++n)
    ASSERT_EQ(clock.next(AV_NOPTS_VALUE, 0), av_rescale(n, 90'000 * 1001, 24'000)) << n;
  EXPECT_EQ(clock.repaired(), hour);
}

TEST(FrameClockTest, GoesOnFromTheLastKnownTime) {
  FrameClock clock({1, 1000}, {25, 1});
  EXPECT_EQ(clock.next(500, 0), 500);
  EXPECT_EQ(clock.next(AV_NOPTS_VALUE, 0), 540);
  EXPECT_EQ(clock.next(AV_NOPTS_VALUE, 0), 580);
  EXPECT_EQ(clock.next(700, 0), 700);
}

TEST(FrameClockTest, MovesRepeatedAndBackwardTimesByOneTick) {
  FrameClock clock({1, 90'000}, {25, 1});
  EXPECT_EQ(clock.next(3600, 0), 3600);
  EXPECT_EQ(clock.next(3600, 0), 3601);
  EXPECT_EQ(clock.next(10, 0), 3602);
  EXPECT_EQ(clock.next(7200, 0), 7200);
  EXPECT_EQ(clock.repaired(), 2);
}

// Milliseconds, as Matroska stores them, on a clock of microseconds.
std::int64_t in_matroska(std::int64_t frame, AVRational rate) { return av_rescale(frame, 1000 * rate.den, rate.num) * 1000; }

RegularClock of_rate(AVRational rate) { return {av_mul_q({1'000'000, 1}, av_inv_q(rate)), 1000}; }

TEST(RegularClockTest, GivesAConstantRateItsExactTimesBack) {
  for (const AVRational rate : {AVRational{24'000, 1001}, {30'000, 1001}, {60'000, 1001}, {25, 1}}) {
    RegularClock clock = of_rate(rate);
    for (std::int64_t n = 0; n < 100'000; ++n)
      ASSERT_EQ(clock.next(in_matroska(n, rate)), av_rescale(n, std::int64_t{1'000'000} * rate.den, rate.num)) << n;
  }
}

// A range begins while its first frame is on screen.
TEST(RegularClockTest, TheFirstFrameOfARangeMayBeginLate) {
  const AVRational rate{15, 1};
  RegularClock clock = of_rate(rate);
  EXPECT_EQ(clock.next(in_matroska(1, rate) - 20'000), in_matroska(1, rate) - 20'000);
  std::int64_t last = clock.next(in_matroska(1, rate));
  for (std::int64_t n = 2; n < 30; ++n) {
    const std::int64_t time = clock.next(in_matroska(n, rate));
    EXPECT_NEAR(static_cast<double>(time - last), 66'666.7, 1) << n;
    last = time;
  }
}

TEST(RegularClockTest, AGapOfWholeFramesIsNone) {
  const AVRational rate{24'000, 1001};
  RegularClock clock = of_rate(rate);
  for (const std::int64_t n : {0, 1, 2, 50, 51, 1000})
    EXPECT_EQ(clock.next(in_matroska(n, rate)), av_rescale(n, std::int64_t{1'000'000} * rate.den, rate.num)) << n;
}

TEST(RegularClockTest, LeavesAVariableRateAlone) {
  RegularClock clock = of_rate({25, 1});
  std::int64_t time = 0;
  for (int n = 0; n < 1000; ++n) {
    time += 1000 * (n % 7 == 3 ? 41 : 20 + n % 5 * 11);
    if (n == 0) clock.next(0);
    EXPECT_EQ(clock.next(time), time) << n;
  }
}

TEST(RegularClockTest, FindsTheGridOfAnotherFilmThatIsJoined) {
  const AVRational rate{24'000, 1001};
  RegularClock clock = of_rate(rate);
  for (std::int64_t n = 0; n < 100; ++n) clock.next(in_matroska(n, rate));
  const std::int64_t joint = in_matroska(100, rate) + 17'000;
  std::int64_t last = 0;
  for (std::int64_t n = 0; n < 100; ++n) {
    const std::int64_t time = clock.next(joint + in_matroska(n, rate));
    EXPECT_LE(std::abs(time - joint - in_matroska(n, rate)), 1000);
    if (n > 20) {
      EXPECT_NEAR(static_cast<double>(time - last), 41'708.3, 1) << n;
    }
    last = time;
  }
}

TEST(PacketClockTest, TheLastPacketReachesTheEndOfTheLastFrame) {
  PacketClock clock(1);  // shown: 0, 1, 2, 3; coded: 0, 2, 1, 3 is not allowed by the delay: 0 1 3 2
  for (const std::int64_t time : {0, 10, 20, 30}) clock.push(time, 10);
  clock.set_last_duration(400);
  clock.finish();
  std::int64_t dts_end = 0;
  for (const std::int64_t frame : {0, 1, 3, 2}) {
    const PacketTimes times = clock.take(frame);
    EXPECT_LE(times.pts + times.duration, 430);
    if (frame == 3) {
      EXPECT_EQ(times.duration, 400);
    }
    dts_end = times.dts + times.duration;
  }
  EXPECT_EQ(dts_end, 420);  // the first frame is decoded 10 before it is shown
}

// Frame numbers in an order that an encoder with two levels of B frames hands out.
std::vector<std::int64_t> decoding_order(std::int64_t frames) {
  std::vector<std::int64_t> order{0};
  for (std::int64_t n = 1; n < frames; n += 4) {
    if (n + 3 < frames)
      order.insert(order.end(), {n + 3, n + 1, n, n + 2});
    else
      for (std::int64_t m = n; m < frames; ++m) order.push_back(m);
  }
  return order;
}

void check_times(const std::vector<std::int64_t>& pts, int delay) {
  PacketClock clock(delay);
  for (const auto time : pts) clock.push(time, 1);
  clock.finish();
  std::int64_t last = INT64_MIN;
  for (const auto frame : decoding_order(static_cast<std::int64_t>(pts.size()))) {
    const auto at = static_cast<std::size_t>(frame);
    const PacketTimes times = clock.take(frame);
    ASSERT_EQ(times.pts, pts[at]);
    ASSERT_LE(times.dts, times.pts);
    ASSERT_GT(times.dts, last);
    ASSERT_EQ(times.duration, at + 1 < pts.size() ? pts[at + 1] - pts[at] : 1);
    last = times.dts;
  }
}

TEST(PacketClockTest, OrdersAnHourAtFilmAndTelevisionRates) {
  for (const AVRational rate :
       {AVRational{24'000, 1001}, AVRational{30'000, 1001}, AVRational{60'000, 1001}}) {
    std::vector<std::int64_t> pts;
    const std::int64_t frames = av_rescale(3600, rate.num, rate.den);
    for (std::int64_t n = 0; n < frames; ++n)
      pts.push_back(1234 + av_rescale(n, 90'000LL * rate.den, rate.num));
    check_times(pts, 2);
  }
}

TEST(PacketClockTest, OrdersVariableRates) {
  std::vector<std::int64_t> pts;
  std::int64_t time = -700;
  for (int n = 0; n < 400; ++n) pts.push_back(time += (n * 7919) % 13 == 0 ? 5000 : 1 + (n * 31) % 40);
  for (const int delay : {2, 3, 4}) check_times(pts, delay);
}

TEST(PacketClockTest, ManagesFewerFramesThanTheDelay) {
  for (const std::size_t frames : {1U, 2U, 3U}) {
    std::vector<std::int64_t> pts;
    for (std::size_t n = 0; n < frames; ++n) pts.push_back(static_cast<std::int64_t>(n) * 40);
    check_times(pts, 2);
  }
}

TEST(PacketClockTest, KnowsAPacketWhenTheNextFrameIsThere) {
  PacketClock clock(1);
  clock.push(0, 40);
  EXPECT_FALSE(clock.known(0));
  clock.push(40, 40);
  EXPECT_TRUE(clock.known(0));
  EXPECT_FALSE(clock.known(1));
  clock.finish();
  EXPECT_TRUE(clock.known(1));
}

}  // namespace
}  // namespace hevcpool::media
