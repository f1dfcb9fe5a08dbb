// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/files.h"

#include <gtest/gtest.h>

namespace hevcpool::host {
namespace {

TEST(Paths, AreTakenApart) {
  EXPECT_EQ(folder_of("a/b/c.mp4"), "a/b");
  EXPECT_EQ(folder_of("c.mp4"), ".");
  EXPECT_EQ(folder_of("/c.mp4"), "/");
  EXPECT_EQ(name_of("a/b/c.mp4"), "c.mp4");
  EXPECT_EQ(stem_of("a.b/c.tar.mp4"), "a.b/c.tar");
  EXPECT_EQ(stem_of("a.b/c"), "a.b/c");
  EXPECT_EQ(stem_of("a/.hidden"), "a/.hidden");
  EXPECT_EQ(extension_of("a/.hidden"), "");
  EXPECT_EQ(extension_of("x/y.MKV"), ".MKV");
}

}  // namespace
}  // namespace hevcpool::host
