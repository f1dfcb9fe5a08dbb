// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/memory.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

double megabytes(int width, int height, const char* preset, int depth, const char* params = "") {
  return encode_memory({.width = width, .height = height, .bit_depth = depth, .preset = preset, .x265_params = params}) /
         1e6;
}

struct Seen {
  int width, height;
  const char* preset;
  int depth;
  double encoder_megabytes;  // peak of a process that does nothing but this, less what it had before
};

// libx265 3.5, one thread, frames in memory.
constexpr Seen kSeen[] = {
    {320, 180, "ultrafast", 8, 20.4},   {320, 180, "medium", 8, 41.2},      {320, 180, "medium", 10, 59.8},
    {640, 360, "ultrafast", 8, 44.2},   {640, 360, "medium", 8, 79.2},      {640, 360, "medium", 10, 120.7},
    {1280, 720, "ultrafast", 8, 114.4}, {1280, 720, "medium", 8, 197.1},    {1280, 720, "medium", 10, 317.4},
    {480, 270, "slow", 8, 65.0},        {1920, 1080, "ultrafast", 8, 230.9}, {1920, 1080, "ultrafast", 10, 353.1},
};

TEST(EncodeMemoryTest, IsAboveWhatTheEncoderTookAndNotFarAbove) {
  for (const Seen& seen : kSeen) {
    const double predicted = megabytes(seen.width, seen.height, seen.preset, seen.depth);
    EXPECT_GT(predicted, seen.encoder_megabytes) << seen.width << " " << seen.preset << " " << seen.depth;
    EXPECT_LT(predicted, 1.45 * seen.encoder_megabytes + 60) << seen.width << " " << seen.preset << " " << seen.depth;
  }
}

TEST(EncodeMemoryTest, TheLookaheadAskedForCounts) {
  EXPECT_GT(megabytes(640, 360, "medium", 8, "rc-lookahead=60"), 1.4 * megabytes(640, 360, "medium", 8));
  EXPECT_LT(megabytes(640, 360, "medium", 8, "bframes=0:rc-lookahead=5"), megabytes(640, 360, "medium", 8));
}

TEST(EncodeMemoryTest, ThreadsTakeMore) {
  EXPECT_GT(encode_memory({.width = 3840, .height = 2160, .threads = 8}), encode_memory({.width = 3840, .height = 2160}));
}

}  // namespace
}  // namespace hevcpool::plan
