// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/text.h"

#include <gtest/gtest.h>

namespace hevcpool::cli {
namespace {

TEST(TextTest, PrintableEscapesWhatATerminalWouldActOn) {
  EXPECT_EQ(printable("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(printable("\x1b[2J"), "\\x1b[2J");
  EXPECT_EQ(printable("\xc2\x9b" "31m"), "\\xc2\\x9b31m");  // CSI as one character
}

TEST(TextTest, PrintableKeepsUtf8AndEscapesTheRest) {
  EXPECT_EQ(printable("Bunny – 5.1 ✓ 日本"), "Bunny – 5.1 ✓ 日本");
  EXPECT_EQ(printable("caf\xe9.avi"), "caf\\xe9.avi");
  EXPECT_EQ(printable("\xc0\xaf\xed\xa0\x80"), "\\xc0\\xaf\\xed\\xa0\\x80");  // overlong, surrogate
  EXPECT_EQ(printable("cut \xe2\x80"), "cut \\xe2\\x80");
}

TEST(TextTest, PrintableShowsMarksThatTurnTheDirection) { EXPECT_EQ(printable("a\u202e4pm"), "a\\xe2\\x80\\xae4pm"); }

TEST(TextTest, ColumnsCountWideAndCombiningCharacters) {
  EXPECT_EQ(columns_of("abc"), 3);
  EXPECT_EQ(columns_of("日本"), 4);
  EXPECT_EQ(columns_of("e\u0301"), 1);
}

TEST(TextTest, ShortenedKeepsBothEnds) {
  EXPECT_EQ(shortened("abcdefghij", 10), "abcdefghij");
  EXPECT_EQ(shortened("abcdefghij", 5), "ab…ij");
  EXPECT_EQ(shortened("abc", 0), "");
}

TEST(TextTest, ShortenedNeverExceedsTheWidth) {
  const std::string name = "日本語のとても長い名前.mp4";
  for (int width = 0; width < 30; ++width) {
    EXPECT_LE(columns_of(shortened(name, width)), width);
    EXPECT_EQ(columns_of(padded(name, width)), width);
  }
}

TEST(TextTest, Durations) {
  EXPECT_EQ(duration_text(3.14), "3.1 s");
  EXPECT_EQ(duration_text(59.97), "1:00");
  EXPECT_EQ(duration_text(3723), "1:02:03");
  EXPECT_EQ(duration_text(-1), "?");
}

TEST(TextTest, Sizes) {
  EXPECT_EQ(bytes_text(999), "999 B");
  EXPECT_EQ(bytes_text(1234567), "1.2 MB");
  EXPECT_EQ(bytes_text(999'999), "1.0 MB");
}

}  // namespace
}  // namespace hevcpool::cli
