// SPDX-License-Identifier: GPL-2.0-or-later
// Somebody has nothing to do, and another one has much left of a segment: what becomes of its end.
#include "plan/schedule/scheduler.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace hevcpool::plan {
namespace {

// A point every 24 frames, one unit of work per frame.
CutMap even_film(std::size_t points) {
  CutMap map;
  for (std::size_t n = 0; n <= points; ++n) map.points.push_back({24.0 * static_cast<double>(n), CutKind::key});
  map.least = 250;
  map.frame = 1;
  return map;
}

TEST(NewEndTest, HalvesWhatIsLeft) {
  const CutMap map = even_film(40);
  const auto end = choose_new_end(map, 0, 40, 0.5, 2);
  ASSERT_TRUE(end);
  EXPECT_NEAR(map.points[*end].at, 720, 24);
}

TEST(NewEndTest, KeepsClearOfWhatTheEncoderHasAlready) {
  const CutMap map = even_film(40);
  const double done = 850.0 / 960;  // 110 frames are left: half of them is 55 away
  const auto end = choose_new_end(map, 0, 40, done, 2);
  ASSERT_TRUE(end);
  EXPECT_GE(map.points[*end].at, 850 + 56);
  EXPECT_LT(map.points[*end].at, 960);
}

TEST(NewEndTest, LittleIsLeftAlone) {
  const CutMap map = even_film(40);
  EXPECT_FALSE(choose_new_end(map, 0, 40, 0.95, 2));
  EXPECT_FALSE(choose_new_end(map, 20, 22, 0, 2));
}

// One film on two slots; the second segment is the slow one.
class SharingTest : public ::testing::Test {
 protected:
  void SetUp() override {
    take(batch.add({.id = 1, .size = 1, .retries = 1, .split = Split::automatic}));
    take(batch.inspected(last.run, {.cost = 960}));
    ASSERT_EQ(last.step, Step::index);
    take(batch.indexed(last.run, {.map = even_film(40), .fixed = {}, .found = {}}));
    ASSERT_EQ(running.size(), 2U);
  }
  void take(const Actions& actions) {
    for (const auto& action : actions) {
      if (const auto* run = std::get_if<plan::Run>(&action)) {
        last = *run;
        if (run->step == Step::segment) running[run->run] = run->segment;
      }
      if (const auto* to = std::get_if<MoveEnd>(&action)) running[to->run] = to->segment, shortened = to->run;
      if (const auto* to = std::get_if<Stop>(&action)) stopped = to->run;
      if (const auto* to = std::get_if<Discard>(&action)) discarded = to->segment;
    }
  }
  static SegmentProof proof(Segment segment) { return {std::to_string(segment.from), std::to_string(segment.to)}; }
  void finish(RunId run, std::size_t to = 0) {
    const Segment segment = running.at(run);
    running.erase(run);
    take(batch.segment_done(run, proof({segment.from, std::max(to, segment.to)}), to));
  }

  Scheduler batch{{.slots = 2}};
  plan::Run last;
  std::map<RunId, Segment> running;
  RunId shortened = 0, stopped = 0;
  Segment discarded;
};

TEST_F(SharingTest, TheIdleSlotTakesTheEndOfTheSlowestSegment) {
  const RunId quick = running.begin()->first, slow = running.rbegin()->first;
  const Segment before = running.at(slow);
  batch.progress(slow, 0.3);
  finish(quick);
  EXPECT_EQ(shortened, slow);
  EXPECT_EQ(running.at(slow).from, before.from);
  EXPECT_LT(running.at(slow).to, before.to);
  ASSERT_EQ(last.step, Step::segment);
  EXPECT_EQ(last.segment.from, running.at(slow).to);
  EXPECT_EQ(last.segment.to, before.to);
  const RunId thief = last.run;
  batch.progress(thief, 0.9);
  finish(slow);
  finish(thief);
  EXPECT_EQ(last.step, Step::assemble);
  EXPECT_EQ(batch.segments(1).size(), 3U);
}

TEST_F(SharingTest, OneThatHeardTooLateStopsTheOther) {
  const RunId quick = running.begin()->first, slow = running.rbegin()->first;
  const Segment before = running.at(slow);
  finish(quick);
  const plan::Run thief = last;
  finish(slow, before.to);
  EXPECT_EQ(stopped, thief.run);
  EXPECT_EQ(batch.segments(1).size(), 2U);
  take(batch.failed(thief.run, false));  // as it was told
  EXPECT_EQ(last.step, Step::assemble);
}

TEST_F(SharingTest, TheOtherMayStopLaterThanTheJobEnds) {
  const RunId quick = running.begin()->first, slow = running.rbegin()->first;
  const Segment before = running.at(slow);
  finish(quick);
  const plan::Run thief = last;
  finish(slow, before.to);
  ASSERT_EQ(last.step, Step::assemble);
  take(batch.assembled(last.run, 0));
  take(batch.verified(last.run));
  take(batch.committed(1, Ending::ok));
  EXPECT_EQ(batch.open(), 0U);
  take(batch.failed(thief.run, false));
  EXPECT_EQ(batch.running(), 0U);
}

TEST_F(SharingTest, OneThatHeardTooLateMakesTheFinishedOtherWorthNothing) {
  const RunId quick = running.begin()->first, slow = running.rbegin()->first;
  const Segment before = running.at(slow);
  finish(quick);
  const plan::Run thief = last;
  finish(thief.run);
  finish(slow, before.to);
  EXPECT_EQ(discarded, thief.segment);
  EXPECT_EQ(batch.segments(1).size(), 2U);
}

TEST_F(SharingTest, AShortenedSegmentWhoseWorkerDiesIsDoneAgainAsItIs) {
  const RunId quick = running.begin()->first, slow = running.rbegin()->first;
  finish(quick);
  const Segment shorter = running.at(slow);
  take(batch.failed(slow, true));
  EXPECT_EQ(last.step, Step::segment);
  EXPECT_EQ(last.segment.from, shorter.from);
  EXPECT_LE(last.segment.to, shorter.to);
}

}  // namespace
}  // namespace hevcpool::plan
