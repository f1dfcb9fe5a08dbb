// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/cost.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

TEST(Cost, GrowsWithPixelsAndFrames) {
  EXPECT_DOUBLE_EQ(encode_cost(2000, 500, 10, 0, "medium"), 10);
  EXPECT_DOUBLE_EQ(encode_cost(2000, 1000, 10, 0, "medium"), 20);
  EXPECT_DOUBLE_EQ(encode_cost(2000, 500, 40, 0, "medium"), 40);
}

TEST(Cost, SlowerPresetsCostMore) {
  EXPECT_LT(preset_factor("ultrafast"), preset_factor("medium"));
  EXPECT_GT(preset_factor("veryslow"), preset_factor("slow"));
  EXPECT_EQ(preset_factor("of tomorrow"), 1);
}

TEST(Cost, AFileThatDoesNotSayItsLengthIsJudgedByItsSize) {
  EXPECT_GT(encode_cost(640, 480, 0, 50'000'000, "medium"), encode_cost(640, 480, 0, 1'000'000, "medium"));
  EXPECT_GT(encode_cost(0, 0, 0, 0, "medium"), 0);
}

}  // namespace
}  // namespace hevcpool::plan
