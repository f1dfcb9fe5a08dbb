// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/smart_cut.h"

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

// Frames 10 ticks apart, groups of five: I b p b p, shown in order; decoding runs two frames ahead.
std::vector<SourcePacket> closed_groups(int groups) {
  std::vector<SourcePacket> out;
  for (int group = 0; group < groups; ++group)
    for (const int frame : {0, 2, 1, 4, 3}) {
      const auto turn = static_cast<std::int64_t>(out.size()) * 10 - 20;
      out.push_back({.pts = (group * 5 + frame) * 10, .dts = turn, .key = frame == 0});
    }
  return out;
}

// Each key frame after the first has two leading pictures.
std::vector<SourcePacket> open_groups(int groups) {
  std::vector<SourcePacket> out{{.pts = 0, .dts = -20, .key = true}};
  for (int group = 1; group < groups; ++group)
    for (const int frame : {0, -2, -1, 2, 1}) {
      const auto turn = static_cast<std::int64_t>(out.size()) * 10 - 20;
      out.push_back({.pts = (group * 5 + frame) * 10, .dts = turn, .key = frame == 0});
    }
  return out;
}

TEST(SmartPlanTest, EncodesFromTheStartToTheFirstKeyFrameAndFromTheLast) {
  const auto plan = plan_smart_cut(closed_groups(6), 30, 230, true);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->begin, 30);
  EXPECT_EQ(plan->head_key.pts, 0);
  EXPECT_EQ(plan->copy_from, 50);
  EXPECT_EQ(plan->copy_to, 200);
  EXPECT_EQ(plan->tail_from, 200);
  EXPECT_EQ(plan->tail_key.pts, 200);
}

TEST(SmartPlanTest, CopiesEverythingBetweenKeyFrames) {
  const auto plan = plan_smart_cut(closed_groups(6), 50, 200, true);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->begin, plan->copy_from);
  EXPECT_EQ(plan->copy_to, 200);
  EXPECT_EQ(plan->tail_from, SmartPlan::kFileEnd);
}

TEST(SmartPlanTest, CopiesToTheEndOfTheFile) {
  const auto plan = plan_smart_cut(closed_groups(6), 30, SmartPlan::kFileEnd, true);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->copy_to, SmartPlan::kFileEnd);
  EXPECT_EQ(plan->tail_from, SmartPlan::kFileEnd);
}

TEST(SmartPlanTest, LeadingPicturesBelongToTheEncodedTail) {
  const auto plan = plan_smart_cut(open_groups(6), 30, 220, true);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->copy_from, 50);
  EXPECT_EQ(plan->copy_to, 200);
  EXPECT_EQ(plan->tail_from, 180);
  EXPECT_EQ(plan->tail_key.pts, 150);  // what the leading pictures refer to
}

TEST(SmartPlanTest, LeavesAPartWithoutAWholeGroupAlone) {
  EXPECT_FALSE(plan_smart_cut(closed_groups(6), 60, 90, true));
  EXPECT_FALSE(plan_smart_cut(closed_groups(6), 60, 120, true));
  EXPECT_FALSE(plan_smart_cut(closed_groups(1), 10, SmartPlan::kFileEnd, true));
}

TEST(SmartPlanTest, LeavesStreamsAloneThatItDoesNotUnderstand) {
  EXPECT_FALSE(plan_smart_cut({}, 0, 100, true));
  EXPECT_FALSE(plan_smart_cut({{.pts = 50, .dts = 50, .key = true}}, 0, 100, true));
  EXPECT_FALSE(plan_smart_cut({{.pts = 0, .dts = 0, .key = false}}, 0, 100, true));
}

}  // namespace
}  // namespace hevcpool::media
