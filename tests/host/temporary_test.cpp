// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/temporary.h"

#include "folder.h"
#include "host/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <unistd.h>

namespace hevcpool::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class TemporaryTest : public ::testing::TestWithParam<Naming> {
 protected:
  Temporary make(const std::string& name, const std::string& content = "new") {
    auto made = Temporary::create(folder / name, GetParam());
    EXPECT_TRUE(made) << made.error().message;
    EXPECT_EQ(::write(made->fd(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    return std::move(*made);
  }
  Folder folder;
};

INSTANTIATE_TEST_SUITE_P(Kinds, TemporaryTest, ::testing::Values(Naming::unnamed, Naming::named),
                         [](const auto& kind) { return kind.param == Naming::unnamed ? "Unnamed" : "Named"; });

TEST_P(TemporaryTest, HasNoFinalNameBeforeTheCommit) {
  auto made = make("a.mp4");
  EXPECT_FALSE(exists(folder / "a.mp4"));
}

TEST_P(TemporaryTest, AnAbandonedOneIsGone) {
  { auto made = make("a.mp4"); }
  EXPECT_THAT(folder.files(), IsEmpty());
}

TEST_P(TemporaryTest, LinkNewGivesTheNameAndLeavesNothingElse) {
  {
    auto made = make("a.mp4");
    auto linked = made.link_new(folder / "a.mp4");
    ASSERT_TRUE(linked) << linked.error().message;
    EXPECT_EQ(*linked, Temporary::Linked::yes);
  }
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
  EXPECT_EQ(folder.read("a.mp4"), "new");
}

TEST_P(TemporaryTest, LinkNewNeverTouchesWhatHasTheName) {
  auto made = make("a.mp4");
  folder.write("a.mp4", "first");
  auto linked = made.link_new(folder / "a.mp4");
  ASSERT_TRUE(linked);
  EXPECT_EQ(*linked, Temporary::Linked::name_taken);
  EXPECT_EQ(folder.read("a.mp4"), "first");
}

TEST_P(TemporaryTest, ADanglingLinkHasTheNameToo) {
  auto made = make("a.mp4");
  ASSERT_EQ(::symlink("nowhere", (folder / "a.mp4").c_str()), 0);
  EXPECT_EQ(made.link_new(folder / "a.mp4"), Temporary::Linked::name_taken);
}

TEST_P(TemporaryTest, LinkOverReplacesAndLeavesNothingElse) {
  folder.write("a.mp4", "old");
  {
    auto made = make("a.mp4");
    auto linked = made.link_over(folder / "a.mp4");
    ASSERT_TRUE(linked) << linked.error().message;
  }
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
  EXPECT_EQ(folder.read("a.mp4"), "new");
}

TEST_P(TemporaryTest, ReadersGetADescriptorThatCannotWrite) {
  auto made = make("a.mp4", "abc");
  auto reader = made.open_for_reading();
  ASSERT_TRUE(reader) << reader.error().message;
  char text[4] = {};
  EXPECT_EQ(::pread(reader->get(), text, 3, 0), 3);
  EXPECT_STREQ(text, "abc");
  EXPECT_EQ(::pwrite(reader->get(), "x", 1, 0), -1);
}

TEST_P(TemporaryTest, ALeftoverOfACrashIsRemovedAndReplaced) {
  folder.write(".a.mp4.part", "left by a crash");
  ASSERT_TRUE(remove_leftover(folder / "a.mp4"));
  EXPECT_THAT(folder.files(), IsEmpty());
  folder.write(".a.mp4.part", "left by a crash");
  auto made = make("a.mp4");
  EXPECT_EQ(made.link_new(folder / "a.mp4"), Temporary::Linked::yes);
  EXPECT_EQ(folder.read("a.mp4"), "new");
}

TEST_P(TemporaryTest, LinkOverGetsPastALeftover) {
  folder.write("a.mp4", "old");
  auto made = make("a.mp4");
  if (GetParam() == Naming::unnamed) folder.write(".a.mp4.part", "left by a crash");
  ASSERT_TRUE(made.link_over(folder / "a.mp4"));
  EXPECT_EQ(folder.read("a.mp4"), "new");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST(TemporaryNamed, OneInUseIsNotTakenForALeftover) {
  Folder folder;
  auto first = Temporary::create(folder / "a.mp4", Naming::named);
  ASSERT_TRUE(first);
  auto second = Temporary::create(folder / "a.mp4", Naming::named);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "EBUSY");
  EXPECT_THAT(folder.files(), ElementsAre(".a.mp4.part"));
}

TEST(TemporaryNamed, MakesTheFoldersItNeedsAndTakesThemBack) {
  Folder folder;
  folder.write("x/other.mp4", "");
  {
    auto made = Temporary::create(folder / "x/y/z/a.mp4", Naming::named);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_THAT(folder.files(), ElementsAre("x/other.mp4", "x/y/z/.a.mp4.part"));
  }
  EXPECT_FALSE(exists(folder / "x/y"));
  EXPECT_THAT(folder.files(), ElementsAre("x/other.mp4"));
}

TEST(TemporaryUnnamed, MakesNoFolderBeforeTheCommit) {
  Folder folder;
  auto made = Temporary::create(folder / "x/y/a.mp4");
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(exists(folder / "x"));
}

TEST(TemporaryErrors, NameTheErrno) {
  Folder folder;
  folder.write("file", "");
  auto made = Temporary::create(folder / "file/a.mp4");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, "ENOTDIR");
  EXPECT_EQ(made.error().stage, "open");
}

TEST(TemporaryNames, FitTheFileSystem) {
  EXPECT_EQ(part_path("a/b.mp4"), "a/.b.mp4.part");
  EXPECT_EQ(part_path("b.mp4"), ".b.mp4.part");
  auto long_name = std::string(251, 'x') + ".mp4";
  EXPECT_LE(name_of(part_path("a/" + long_name)).size(), 255U);
  EXPECT_NE(part_path(long_name), part_path(std::string(251, 'x') + ".mkv"));
}

}  // namespace
}  // namespace hevcpool::host
