// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/batch_state.h"

#include "cli/report/reporter.h"

#include <gtest/gtest.h>

namespace hevcpool::cli {
namespace {

EncodeProgress at(double fraction) { return {.frames = 10, .fps = 5, .fraction = fraction}; }

TEST(BatchStateTest, CountsWhatEnded) {
  BatchState state(0);
  for (int i = 0; i < 4; ++i) state.add("x", 1);
  state.finished(0, Status::ok);
  state.finished(1, Status::failed);
  state.finished(2, Status::cancelled);
  state.finished(2, Status::ok);  // once only
  EXPECT_EQ(state.counts().done(), 3U);
  EXPECT_EQ(summary_text(state.counts(), 4), "done 1, failed 1, cancelled 1, total 4");
  state.finished(3, Status::skipped);
  EXPECT_EQ(summary_text(state.counts(), 4), "done 1, failed 1, skipped 1, cancelled 1, total 4");
}

TEST(BatchStateTest, RunningJobsAreThoseStartedAndNotDone) {
  BatchState state(0);
  state.add("a", 1);
  state.add("b", 1);
  state.started(0, 1);
  state.progress(1, at(0.1), 2);
  EXPECT_EQ(state.running().size(), 2U);
  state.finished(0, Status::ok);
  state.progress(0, at(0.5), 4);  // late
  EXPECT_EQ(state.running().size(), 1U);
}

TEST(BatchStateTest, FractionWeighsByCostAndByBytesWhereItIsUnknown) {
  BatchState state(0);
  state.add("a", 100);
  state.add("b", 300);
  state.planned(0, 10);
  state.finished(0, Status::ok);
  EXPECT_DOUBLE_EQ(state.fraction(), 0.25);
  state.planned(1, 10);
  EXPECT_DOUBLE_EQ(state.fraction(), 0.5);
}

TEST(BatchStateTest, AFileThatTurnsOutShorterWasLessWork) {
  BatchState state(0);
  for (int i = 0; i < 3; ++i) state.planned(state.add("x", 1), 10, 100);
  state.started(0, 0);
  state.finished(0, Status::ok, 20);  // of 100 frames
  EXPECT_NEAR(state.fraction(), 2.0 / 22, 1e-9);
  state.started(1, 0);
  EncodeProgress progress = at(0.1);
  progress.frames = 10;
  state.progress(1, progress, 1);
  EXPECT_NEAR(state.fraction(), 3.0 / 22, 1e-9);
  state.encoded(1);  // that was all, though its container says more
  EXPECT_NEAR(state.fraction(), 3.0 / 13, 1e-9);
  state.finished(1, Status::ok, 10);
  EXPECT_NEAR(state.fraction(), 3.0 / 13, 1e-9);
}

TEST(BatchStateTest, RemainingTimeIsRightForEvenWork) {
  BatchState state(0);
  for (int i = 0; i < 4; ++i) state.planned(state.add("x", 1), 5);
  EXPECT_FALSE(state.remaining(1));
  state.started(0, 0);
  state.started(1, 0);
  state.finished(0, Status::ok);
  state.finished(1, Status::ok);
  EXPECT_DOUBLE_EQ(*state.remaining(10), 10);
}

TEST(BatchStateTest, WhatAnEarlierRunLeftDoneTookNoTimeInThisOne) {
  BatchState state(0);
  state.planned(state.add("x", 1), 10);
  state.started(0, 0);
  state.reused(0);
  state.reused(0);
  state.progress(0, at(0.5), 1);
  EXPECT_FALSE(state.remaining(1));
  state.progress(0, at(0.6), 10);
  EXPECT_NEAR(*state.remaining(10), 40, 1e-9);
}

TEST(BatchStateTest, RemainingTimeWaitsForTheLongestJob) {
  BatchState state(0);
  for (int i = 0; i < 10; ++i) state.planned(state.add("x", 1), 1);
  for (std::size_t i = 0; i < 9; ++i) state.started(i, 0), state.finished(i, Status::ok);
  state.progress(9, at(0.5), 90);
  EXPECT_DOUBLE_EQ(*state.remaining(190), 100);
}

TEST(BatchStateTest, FailedAndSkippedJobsAreNoWork) {
  BatchState state(0);
  state.add("a", 100);
  state.add("b", 100);
  state.finished(0, Status::skipped);
  EXPECT_DOUBLE_EQ(state.fraction(), 0);
  state.finished(1, Status::failed);
  EXPECT_DOUBLE_EQ(state.fraction(), 1);
}

}  // namespace
}  // namespace hevcpool::cli
