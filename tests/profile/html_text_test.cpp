// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/html_text.h"

#include <gtest/gtest.h>

namespace hevcpool::profile {
namespace {

TEST(HtmlTextTest, NothingEndsATagOrAnAttribute) {
  EXPECT_EQ(html_text(R"(<a b="c" d='e'>&amp;)"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;");
}

TEST(HtmlTextTest, KeepsLinesAndLettersAndDropsControlCharacters) {
  EXPECT_EQ(html_text("a\n\tb\x1b[1mc\x7f"), "a\n\tb [1mc ");
  EXPECT_EQ(html_text("Größe – 5.1 ✓"), "Größe – 5.1 ✓");
  EXPECT_EQ(html_text(""), "");
}

}  // namespace
}  // namespace hevcpool::profile
