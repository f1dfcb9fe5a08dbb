// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/scratch.h"

#include "support/temp_folder.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <iterator>
#include <string>

namespace hevcpool::pool {
namespace {

constexpr const char* kAbandoned = "hevcpool-123-0123456789abcdef";

class ScratchTest : public ::testing::Test {
 protected:
  std::string made_long_ago(const std::string& name) const {
    folder.file(name + "/worker0/stats");
    const timespec hour_of_birth[2]{{3600, 0}, {3600, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, (folder / name).c_str(), hour_of_birth, 0), 0);
    return folder / name;
  }
  static bool exists(const std::string& path) { return std::filesystem::exists(path); }

  const test::TempFolder folder;
  const std::string mine = folder / "hevcpool-1-fedcba9876543210";
};

TEST_F(ScratchTest, WhatAKilledPoolLeftIsRemovedWithAllThatIsInIt) {
  const std::string left = made_long_ago(kAbandoned);
  remove_abandoned_scratch(mine);
  EXPECT_FALSE(exists(left));
}

TEST_F(ScratchTest, AFolderThatAnotherPoolHoldsStays) {
  const std::string other = folder / kAbandoned;
  UniqueFd held = hold_scratch_root(other);
  ASSERT_TRUE(held.valid());
  made_long_ago(kAbandoned);
  remove_abandoned_scratch(mine);
  EXPECT_TRUE(exists(other));
  held.reset();
  remove_abandoned_scratch(mine);
  EXPECT_FALSE(exists(other));
}

TEST_F(ScratchTest, ItsOwnAndAYoungOneStay) {
  const std::string young = folder / kAbandoned;
  std::filesystem::create_directory(young);
  made_long_ago("hevcpool-1-fedcba9876543210");
  remove_abandoned_scratch(mine);
  EXPECT_TRUE(exists(young));
  EXPECT_TRUE(exists(mine));
}

TEST_F(ScratchTest, NothingElseIsTouched) {
  for (const char* name : {"hevcpool-123", "hevcpool-123-0123456789abcdeX", "hevcpool--0123456789abcdef",
                           "hevcpool-x-0123456789abcdef", "hevcpool-123-0123456789abcdef0", "other"})
    made_long_ago(name);
  folder.file("elsewhere/film.mp4");
  std::filesystem::create_symlink(folder / "elsewhere", folder / "hevcpool-124-0123456789abcdef");
  remove_abandoned_scratch(mine);
  EXPECT_TRUE(exists(folder / "elsewhere/film.mp4"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 8);
}

TEST_F(ScratchTest, WhatCannotBeMadeIsNotHeld) {
  EXPECT_FALSE(hold_scratch_root(folder / "no/such/parent").valid());
  std::filesystem::create_directory(mine);
  EXPECT_FALSE(hold_scratch_root(mine).valid());
}

}  // namespace
}  // namespace hevcpool::pool
