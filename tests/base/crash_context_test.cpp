// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/crash_context.h"

#include <gtest/gtest.h>

namespace hevcpool {
namespace {

class CrashContextTest : public ::testing::Test {
 protected:
  CrashContextTest() { CrashContext::write_to(word); }
  Stage stage() const { return CrashContext::stage_in(word); }
  // Outlives every test: the process writes there from now on.
  static inline CrashContext::Word word{0};
};

TEST_F(CrashContextTest, AStageLastsAsLongAsItsObject) {
  CrashContext::nothing();
  {
    const CrashContext outer(Stage::decode);
    EXPECT_EQ(stage(), Stage::decode);
    {
      const CrashContext inner(Stage::encode);
      EXPECT_EQ(stage(), Stage::encode);
    }
    EXPECT_EQ(stage(), Stage::decode);
  }
  EXPECT_EQ(stage(), Stage::none);
}

TEST_F(CrashContextTest, TheFrameStaysThroughTheStages) {
  CrashContext::nothing();
  CrashContext::frame(7);
  const CrashContext doing(Stage::filter);
  EXPECT_EQ(CrashContext::frame_in(word), 7u);
  CrashContext::frame(std::uint64_t{1} << 40);
  EXPECT_EQ(CrashContext::frame_in(word), 0xffff'ffffu);
  EXPECT_EQ(stage(), Stage::filter);
}

TEST_F(CrashContextTest, WhatIsNoStageHasNoName) {
  EXPECT_EQ(to_string(Stage::encode), "encode");
  EXPECT_EQ(to_string(Stage::none), "");
  EXPECT_EQ(to_string(CrashContext::stage_in(~std::uint64_t{0})), "");
}

}  // namespace
}  // namespace hevcpool
