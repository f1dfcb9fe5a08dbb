// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/doing.h"

#include <gtest/gtest.h>

namespace hevcpool {
namespace {

class DoingTest : public ::testing::Test {
 protected:
  DoingTest() { Doing::write_to(word); }
  Stage stage() const { return Doing::stage_in(word); }
  // Outlives every test: the process writes there from now on.
  static inline Doing::Word word{0};
};

TEST_F(DoingTest, AStageLastsAsLongAsItsObject) {
  Doing::nothing();
  {
    const Doing outer(Stage::decode);
    EXPECT_EQ(stage(), Stage::decode);
    {
      const Doing inner(Stage::encode);
      EXPECT_EQ(stage(), Stage::encode);
    }
    EXPECT_EQ(stage(), Stage::decode);
  }
  EXPECT_EQ(stage(), Stage::none);
}

TEST_F(DoingTest, TheFrameStaysThroughTheStages) {
  Doing::nothing();
  Doing::frame(7);
  const Doing doing(Stage::filter);
  EXPECT_EQ(Doing::frame_in(word), 7u);
  Doing::frame(std::uint64_t{1} << 40);
  EXPECT_EQ(Doing::frame_in(word), 0xffff'ffffu);
  EXPECT_EQ(stage(), Stage::filter);
}

TEST_F(DoingTest, WhatIsNoStageHasNoName) {
  EXPECT_EQ(to_string(Stage::encode), "encode");
  EXPECT_EQ(to_string(Stage::none), "");
  EXPECT_EQ(to_string(Doing::stage_in(~std::uint64_t{0})), "");
}

}  // namespace
}  // namespace hevcpool
