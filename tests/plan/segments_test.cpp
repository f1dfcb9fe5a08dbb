// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/segments.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

CutMap even_film(int frames, int distance) {
  CutMap map;
  map.least = 250;
  for (int at = 0; at < frames; at += distance) map.points.push_back({static_cast<double>(at), CutKind::key});
  map.points.push_back({static_cast<double>(frames), CutKind::key});
  return map;
}

Load load_of(const SegmentPlan& plan) { return {.waiting = plan.open_work(), .running = 0, .slots = 2}; }

// The proof that an honest worker gives: the text at a cut names the cut.
SegmentProof honest(Segment segment) { return {"cut " + std::to_string(segment.from), "cut " + std::to_string(segment.to)}; }

std::vector<Segment> take_all(SegmentPlan& plan) {
  std::vector<Segment> segments;
  while (auto segment = plan.take(load_of(plan))) segments.push_back(*segment);
  return segments;
}

TEST(SegmentPlanTest, SegmentsCoverTheFilmOnce) {
  SegmentPlan plan(even_film(10'000, 100));
  const auto segments = take_all(plan);
  ASSERT_GT(segments.size(), 3U);
  EXPECT_EQ(segments.front().from, 0U);
  EXPECT_EQ(segments.back().to, plan.map().end());
  for (std::size_t n = 1; n < segments.size(); ++n) EXPECT_EQ(segments[n].from, segments[n - 1].to);
  for (const auto segment : segments) EXPECT_TRUE(plan.finished(segment, honest(segment)).empty());
  EXPECT_TRUE(plan.complete());
  EXPECT_EQ(plan.done(), segments);
}

TEST(SegmentPlanTest, AnUnprovedCutJoinsItsSegments) {
  SegmentPlan plan(even_film(2000, 100), {5, 10, 15});
  const auto segments = take_all(plan);
  ASSERT_EQ(segments.size(), 4U);
  EXPECT_TRUE(plan.finished(segments[2], honest(segments[2])).empty());
  auto proof = honest(segments[1]);
  proof.tail = "something else";
  EXPECT_EQ(plan.finished(segments[1], proof), (std::vector<Segment>{segments[1], segments[2]}));
  EXPECT_TRUE(plan.finished(segments[0], honest(segments[0])).empty());
  EXPECT_TRUE(plan.finished(segments[3], honest(segments[3])).empty());
  EXPECT_FALSE(plan.complete());
  const auto again = plan.take(load_of(plan));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, (Segment{5, 15}));
  EXPECT_TRUE(plan.finished(*again, honest(*again)).empty());
  EXPECT_TRUE(plan.complete());
}

TEST(SegmentPlanTest, AProofWithErrorsProvesNothing) {
  SegmentPlan plan(even_film(2000, 100), {10});
  const auto segments = take_all(plan);
  EXPECT_TRUE(plan.finished(segments[0], {"", ""}).empty());
  EXPECT_EQ(plan.finished(segments[1], {"", ""}).size(), 2U);
}

TEST(SegmentPlanTest, GivesUpAfterSeveralBadCuts) {
  SegmentPlan plan(even_film(2000, 100), {4, 8, 12, 16});
  for (int round = 0; !plan.complete() && !plan.hopeless(); ++round) {
    ASSERT_LT(round, 10);
    for (const auto segment : take_all(plan)) plan.finished(segment, {"", ""});
  }
  EXPECT_TRUE(plan.hopeless());
}

TEST(SegmentPlanTest, AReturnedSegmentIsTakenAgain) {
  SegmentPlan plan(even_film(10'000, 100));
  const auto first = plan.take(load_of(plan));
  const double open = plan.open_work();
  plan.returned(*first);
  EXPECT_GT(plan.open_work(), open);
  EXPECT_EQ(plan.take(load_of(plan))->from, 0U);
}

TEST(SegmentPlanTest, FinishedSegmentsOfAnEarlierRunAreNotTakenAgain) {
  SegmentPlan plan(even_film(10'000, 100));
  EXPECT_TRUE(plan.reuse({10, 20}));
  EXPECT_FALSE(plan.reuse({15, 30}));
  EXPECT_TRUE(plan.reuse({90, 100}));
  EXPECT_FALSE(plan.reuse({20, 20}));
  EXPECT_TRUE(plan.finished({10, 20}, honest({10, 20})).empty());
  plan.returned({90, 100});  // its file was damaged
  for (const auto segment : take_all(plan)) {
    EXPECT_TRUE(segment.to <= 10 || segment.from >= 20);
    plan.finished(segment, honest(segment));
  }
  EXPECT_TRUE(plan.complete());
}

TEST(SegmentPlanTest, FixedSegmentsAreNotCut) {
  SegmentPlan plan(even_film(2000, 100), {10});
  EXPECT_FALSE(plan.reuse({0, 5}));
  EXPECT_EQ(take_all(plan), (std::vector<Segment>{{0, 10}, {10, 20}}));
}

}  // namespace
}  // namespace hevcpool::plan
