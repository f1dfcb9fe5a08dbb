// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/clean.h>

#include "folder.h"
#include "host/work_folder.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

namespace hevcpool::host {
namespace {

using ::testing::ElementsAre;

class CleanTest : public ::testing::Test {
 protected:
  // A work folder with one finished segment, as a run leaves it that is killed.
  WorkFolder leave(const std::string& output, const std::string& options = "crf 28") {
    std::filesystem::create_directories(std::filesystem::path(folder / output).parent_path());
    folder.write("source", "a film");
    const UniqueFd source(::open((folder / "source").c_str(), O_RDONLY | O_CLOEXEC));
    WorkKey key{folder / output, options, {}};
    EXPECT_EQ(::fstat(source.get(), &key.source), 0);
    auto work = WorkFolder::open(key, source.get());
    EXPECT_TRUE(work);
    auto segment = work->begin("begin_end.seg");
    EXPECT_TRUE(segment);
    EXPECT_EQ(::write(segment->fd(), "12345", 5), 5);
    EXPECT_TRUE(work->finish(std::move(*segment), "begin_end.seg"));
    return std::move(*work);
  }
  Folder folder;
};

TEST_F(CleanTest, RemovesWhatNobodyWorksOn) {
  leave("out/deep/a.mp4");
  const auto gone = clean(folder / "out");
  ASSERT_EQ(gone.size(), 1U);
  EXPECT_EQ(gone[0].output, "a.mp4");
  EXPECT_EQ(gone[0].segments, 1U);
  EXPECT_EQ(gone[0].problem, "");
  EXPECT_FALSE(std::filesystem::exists(folder / "out/deep/.hevcpool"));
  EXPECT_TRUE(clean(folder / "out").empty());
}

TEST_F(CleanTest, LeavesAloneWhatIsInUse) {
  const WorkFolder used = leave("a.mp4");
  EXPECT_TRUE(clean(folder / ".").empty());
  EXPECT_THAT(used.segments(), ElementsAre("begin_end.seg"));
}

TEST_F(CleanTest, OnlyLooksWhenToldSo) {
  leave("a.mp4");
  EXPECT_EQ(clean(folder / ".", true).size(), 1U);
  EXPECT_EQ(clean(folder / ".", true).size(), 1U);
}

TEST_F(CleanTest, TouchesNothingThatIsNotOurs) {
  std::filesystem::create_directories(folder / ".hevcpool/notes");
  folder.write(".hevcpool/notes/text", "of somebody");
  EXPECT_TRUE(clean(folder / ".").empty());
  EXPECT_EQ(folder.read(".hevcpool/notes/text"), "of somebody");
}

TEST_F(CleanTest, OtherOptionsStartAfresh) {
  leave("a.mp4", "crf 28");
  const WorkFolder second = leave("a.mp4", "crf 30");
  EXPECT_EQ(second.outdated(), 1U);
  EXPECT_THAT(second.segments(), ElementsAre("begin_end.seg"));
}

TEST_F(CleanTest, TheSameRequestFindsItsSegments) {
  leave("a.mp4");
  const UniqueFd source(::open((folder / "source").c_str(), O_RDONLY | O_CLOEXEC));
  WorkKey key{folder / "a.mp4", "crf 28", {}};
  ASSERT_EQ(::fstat(source.get(), &key.source), 0);
  const auto again = WorkFolder::open(key, source.get());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outdated(), 0U);
  EXPECT_THAT(again->segments(), ElementsAre("begin_end.seg"));
}

}  // namespace
}  // namespace hevcpool::host
