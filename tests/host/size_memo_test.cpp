// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/size_memo.h"

#include "folder.h"

#include <gtest/gtest.h>
#include <sys/xattr.h>

namespace hevcpool::host {
namespace {

class SizeMemoTest : public ::testing::Test {
 protected:
  SizeMemoKey key(const std::string& options = "crf 28") {
    SizeMemoKey made{.source = folder / "a.avi", .options = options, .folder = folder.path().string()};
    EXPECT_EQ(::stat(made.source.c_str(), &made.status), 0);
    return made;
  }
  Folder folder;
};

TEST_F(SizeMemoTest, HoldsForTheSameFileAndOptions) {
  folder.write("a.avi", "content");
  EXPECT_FALSE(is_remembered(key()));
  EXPECT_TRUE(remember(key()));
  EXPECT_TRUE(is_remembered(key()));
  EXPECT_FALSE(is_remembered(key("crf 30")));
}

TEST_F(SizeMemoTest, HoldsForEachOfSeveralOptions) {
  folder.write("a.avi", "content");
  for (const char* options : {"crf 28", "crf 30", "crf 32"}) remember(key(options));
  for (const char* options : {"crf 28", "crf 30", "crf 32"}) EXPECT_TRUE(is_remembered(key(options))) << options;
  EXPECT_FALSE(is_remembered(key("crf 2")));
  for (int n = 0; n < 100; ++n) remember(key("other " + std::to_string(n)));
  EXPECT_TRUE(is_remembered(key("other 99")));
  folder.write("a.avi", "more content");
  remember(key("new"));
  EXPECT_FALSE(is_remembered(key("other 99")));
}

TEST_F(SizeMemoTest, AChangedSourceIsTriedAgain) {
  folder.write("a.avi", "content");
  remember(key());
  folder.write("a.avi", "more content");
  EXPECT_FALSE(is_remembered(key()));
}

TEST_F(SizeMemoTest, DoesNotChangeTheSourcesContentOrTimes) {
  folder.write("a.avi", "content");
  auto before = key().status;
  remember(key());
  EXPECT_EQ(folder.read("a.avi"), "content");
  EXPECT_EQ(key().status.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
}

}  // namespace
}  // namespace hevcpool::host
