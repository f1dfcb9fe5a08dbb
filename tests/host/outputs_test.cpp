// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/outputs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::host {
namespace {

using ::testing::ElementsAre;

TEST(OutputPath, IsBesideTheSourceByDefault) {
  Encode encode{.input = "v/a.avi"};
  EXPECT_EQ(output_path(encode, Container::mp4), "v/a.hevc.mp4");
  EXPECT_EQ(output_path(encode, Container::mkv), "v/a.hevc.mkv");
  EXPECT_THAT(possible_outputs(encode), ElementsAre("v/a.hevc.mp4", "v/a.hevc.mkv", "v/a.hevc.mov"));
}

TEST(OutputPath, AStemGetsTheContainersExtension) {
  Encode encode{.input = "v/a.avi", .output_stem = "out/v/a.b"};
  EXPECT_EQ(output_path(encode, Container::mov), "out/v/a.b.mov");
  encode.options.container = Container::mkv;
  EXPECT_THAT(possible_outputs(encode), ElementsAre("out/v/a.b.mkv"));
}

TEST(OutputPath, AGivenPathIsTakenAsItIs) {
  Encode encode{.input = "a.avi", .output = "x/film.MKV"};
  EXPECT_EQ(output_path(encode, Container::mkv), "x/film.MKV");
  EXPECT_THAT(possible_outputs(encode), ElementsAre("x/film.MKV"));
  EXPECT_EQ(effective_options(encode).container, Container::mkv);
  encode.output = "x/film.video";
  EXPECT_EQ(effective_options(encode).container, Container::automatic);
}

TEST(OutputPath, ReplaceKeepsTheNameWhereItSaysTheContainer) {
  Encode encode{.input = "v/A.M4V", .replace = true};
  EXPECT_EQ(output_path(encode, Container::mp4), "v/A.M4V");
  EXPECT_EQ(output_path(encode, Container::mkv), "v/A.mkv");
  encode.input = "v/a.avi";
  EXPECT_EQ(output_path(encode, Container::mp4), "v/a.mp4");
}

}  // namespace
}  // namespace hevcpool::host
