// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/terminal.h"

#include "cli/term/text.h"

#include <gmock/gmock.h>

namespace hevcpool::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

BatchState batch(std::size_t jobs, std::size_t running) {
  BatchState state(0);
  for (std::size_t i = 0; i < jobs; ++i) state.planned(state.add("folder/日本 clip with a long name.mp4", 1), 1);
  for (std::size_t i = 0; i < running; ++i) state.progress(i, {.frames = 7, .fps = 23.5, .fraction = 0.42}, 0);
  return state;
}

TEST(TerminalTest, FitsEveryWidth) {
  for (int columns = 10; columns < 200; ++columns)
    for (const std::string& line : status_lines(batch(4, 2), 10, {columns, 24}, false))
      EXPECT_LT(columns_of(line), columns) << line;
}

TEST(TerminalTest, FitsEveryHeight) {
  for (int rows = 3; rows < 12; ++rows) {
    const auto lines = status_lines(batch(20, 9), 10, {80, rows}, false);
    EXPECT_LE(static_cast<int>(lines.size()), rows) << rows;
    EXPECT_THAT(lines.back(), StartsWith("0/20 done"));
  }
}

TEST(TerminalTest, ShowsJobsAndTheTotal) {
  const auto lines = status_lines(batch(4, 2), 10, {100, 24}, false);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_THAT(lines[0], HasSubstr("42 %"));
  EXPECT_THAT(lines[0], HasSubstr("23.5 fps"));
  EXPECT_THAT(lines[0], HasSubstr("left"));
  EXPECT_THAT(lines[2], HasSubstr("ETA"));
  EXPECT_THAT(status_lines(batch(4, 2), 10, {100, 24}, true)[2], HasSubstr("stopping"));
}

TEST(TerminalTest, DrawsOverWhatWasShown) {
  LiveRegion region;
  EXPECT_EQ(region.frame("", {"one", "two"}, {80, 24}), "\rone\x1b[K\ntwo\x1b[K\x1b[J");
  EXPECT_EQ(region.frame("done\n", {"three"}, {80, 24}), "\r\x1b[1Adone\x1b[K\nthree\x1b[K\x1b[J");
  EXPECT_EQ(region.clear({80, 24}), "\r\x1b[J");
}

TEST(TerminalTest, GoesUpOverLinesThatANarrowerTerminalFolded) {
  LiveRegion region;
  region.frame("", {std::string(79, 'a'), std::string(20, 'b')}, {80, 24});
  EXPECT_THAT(region.frame("", {"c"}, {40, 24}), StartsWith("\r\x1b[2A"));
}

}  // namespace
}  // namespace hevcpool::cli
