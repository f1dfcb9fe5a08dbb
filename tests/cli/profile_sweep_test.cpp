// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/profile/profile_sweep.h"

#include <gtest/gtest.h>

namespace hevcpool::cli {
namespace {

TEST(SweepTest, IsEveryCombination) {
  const auto runs = parse_sweeps({"preset=fast,medium", "crf=22,28,34", "bframes=0"}, {});
  ASSERT_TRUE(runs.has_value());
  ASSERT_EQ(runs->size(), 6U);
  EXPECT_EQ((*runs)[1].label, "preset=fast crf=28 bframes=0");
  EXPECT_EQ((*runs)[5].encode.options.preset, "medium");
  EXPECT_EQ((*runs)[5].encode.options.crf, 34);
  EXPECT_EQ((*runs)[5].encode.options.x265_params, "bframes=0");
}

TEST(SweepTest, WhatTheEncoderRefusesIsRefusedBeforeAnythingRuns) {
  for (const char* wrong : {"preset", "preset=", "preset=fast,,medium", "preset=quick", "crf=x", "nonsense=1", "=1"})
    EXPECT_FALSE(parse_sweeps({wrong}, {}).has_value()) << wrong;
}

TEST(SweepTest, TheMiddleOfALongSourceIsItsSample) {
  EncodeOptions options;
  EXPECT_TRUE(choose_sample(3600, options));
  EXPECT_EQ(options.start, 1795);
  EXPECT_EQ(options.duration, 10);
}

TEST(SweepTest, AShortSourceAndAPartThatWasAskedForStayAsTheyAre) {
  EncodeOptions whole, part;
  EXPECT_FALSE(choose_sample(15, whole));
  EXPECT_EQ(whole.duration, 0);
  part.start = 60;
  EXPECT_FALSE(choose_sample(3600, part));
  EXPECT_EQ(part.start, 60);
}

}  // namespace
}  // namespace hevcpool::cli
