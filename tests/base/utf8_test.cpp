// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/utf8.h"

#include <gtest/gtest.h>

namespace hevcpool {
namespace {

TEST(Utf8Test, KnowsCompleteCharactersInTheirShortestForm) {
  for (const char* text : {"", "a\n", "Größe", "\xf0\x9f\x8e\xac", "\xef\xbf\xbf", "\xf4\x8f\xbf\xbf"})
    EXPECT_TRUE(is_utf8(text)) << text;
  for (const char* text : {"\xff", "caf\xe9 1", "\xf0\x9f\x8e", "\xed\xa0\x80", "\xc0\xaf", "\xe0\x80\xaf",
                           "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\x80"})
    EXPECT_FALSE(is_utf8(text)) << percent_encoded(text);
}

TEST(Utf8Test, EncodesWhatIsNoLetterOrDigit) { EXPECT_EQ(percent_encoded("v/caf\xe9 1_~.avi"), "v/caf%E9%201_~.avi"); }

TEST(Utf8Test, DecodesWhatItEncoded) {
  const std::string all = "v/caf\xe9 %1_~.avi\n\xff";
  EXPECT_EQ(percent_decoded(percent_encoded(all)), all);
  for (const char* wrong : {"%", "a%4", "%4g", "%-1", "%%41"}) EXPECT_FALSE(percent_decoded(wrong)) << wrong;
}

}  // namespace
}  // namespace hevcpool
