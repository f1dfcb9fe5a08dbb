// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/cost.h"

#include <gtest/gtest.h>

namespace hevcpool::plan {
namespace {

TEST(Cost, GrowsWithPixelsAndFrames) {
  EXPECT_DOUBLE_EQ(encode_cost({.width = 2000, .height = 500, .frames = 10}), 10);
  EXPECT_DOUBLE_EQ(encode_cost({.width = 2000, .height = 1000, .frames = 10}), 20);
  EXPECT_DOUBLE_EQ(encode_cost({.width = 2000, .height = 500, .frames = 40}), 40);
}

TEST(Cost, GrowsWithWhatTheSourceSpentOnItsPictures) {
  FilmShape film{.width = 640, .height = 360, .frames = 72, .bytes = 460'000, .codec = "h264"};
  const double calm = encode_cost(film);
  film.bytes = 1'340'000;
  EXPECT_GT(encode_cost(film), 1.2 * calm);
  film.bytes = 1e12;  // an absurd rate is no absurd cost
  EXPECT_LT(encode_cost(film), 4 * calm);
  film.codec = "mjpeg";  // every picture anew: its size says nothing about motion
  const double still = encode_cost(film);
  film.bytes = 1'000;
  EXPECT_DOUBLE_EQ(encode_cost(film), still);
}

TEST(Cost, GrowsWithDepth) {
  EXPECT_GT(encode_cost({.width = 64, .height = 64, .frames = 9, .bit_depth = 10}),
            encode_cost({.width = 64, .height = 64, .frames = 9}));
}

TEST(Cost, SlowerPresetsCostMore) {
  EXPECT_LT(preset_factor("ultrafast"), preset_factor("medium"));
  EXPECT_GT(preset_factor("veryslow"), preset_factor("slow"));
  EXPECT_EQ(preset_factor("of tomorrow"), 1);
}

TEST(Cost, AFileThatDoesNotSayItsLengthIsJudgedByItsSize) {
  EXPECT_GT(encode_cost({.width = 640, .height = 480, .bytes = 50'000'000}),
            encode_cost({.width = 640, .height = 480, .bytes = 1'000'000}));
  const double told = encode_cost({.width = 1280, .height = 720, .frames = 74, .bytes = 122'000, .codec = "vp9"});
  const double guessed = encode_cost({.width = 1280, .height = 720, .bytes = 122'000, .codec = "vp9"});
  EXPECT_GT(guessed, told / 4);
  EXPECT_LT(guessed, told * 4);
  EXPECT_GT(encode_cost({}), 0);
}

}  // namespace
}  // namespace hevcpool::plan
