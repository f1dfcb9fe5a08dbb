// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/commit.h"

#include "folder.h"
#include "host/files.h"
#include "plan/paths/replacement.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <functional>
#include <vector>

namespace hevcpool::host {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class CommitTest : public ::testing::Test {
 protected:
  CommitRequest request(const std::string& source, const std::string& output, Naming naming = Naming::unnamed) {
    CommitRequest made;
    made.source = folder / source;
    made.output = folder / output;
    EXPECT_EQ(::stat(made.source.c_str(), &made.source_status), 0);
    auto temporary = Temporary::create(made.output, naming);
    EXPECT_TRUE(temporary) << temporary.error().message;
    made.temporary = std::move(*temporary);
    EXPECT_EQ(::write(made.temporary.fd(), "encoded", 7), 7);
    return made;
  }
  struct stat status(const std::string& name) {
    struct stat found {};
    EXPECT_EQ(::stat((folder / name).c_str(), &found), 0);
    return found;
  }
  Folder folder;
};

TEST_F(CommitTest, TheOutputInheritsModeTimesAndAttributes) {
  auto source = folder.write("a.avi", "source");
  ASSERT_EQ(::chmod(source.c_str(), 0640), 0);
  struct timespec times[2] = {{.tv_sec = 1'000'000'000, .tv_nsec = 5}, {.tv_sec = 1'100'000'000, .tv_nsec = 7}};
  bool has_attributes = ::setxattr(source.c_str(), "user.comment", "holiday", 7, 0) == 0;
  if (has_attributes) ::setxattr(source.c_str(), "user.hevcpool.outcome", "x", 1, 0);
  ASSERT_EQ(::utimensat(AT_FDCWD, source.c_str(), times, 0), 0);
  auto report = commit(request("a.avi", "out/deep/a.mp4"));
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(report->refused_attributes, IsEmpty());
  auto output = status("out/deep/a.mp4");
  EXPECT_EQ(output.st_mode & 07777, 0640U);
  EXPECT_EQ(output.st_mtim.tv_sec, 1'100'000'000);
  EXPECT_EQ(output.st_mtim.tv_nsec, 7);
  EXPECT_EQ(output.st_atim.tv_sec, 1'000'000'000);
  if (!has_attributes) GTEST_SKIP() << "no extended attributes here";
  char value[16] = {};
  auto path = folder / "out/deep/a.mp4";
  EXPECT_EQ(::getxattr(path.c_str(), "user.comment", value, sizeof value), 7);
  EXPECT_LT(::getxattr(path.c_str(), "user.hevcpool.outcome", value, sizeof value), 0);
}

TEST_F(CommitTest, OnlyRootGivesTheOutputToTheOwnerOfTheSource) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  auto source = folder.write("a.avi", "source");
  ASSERT_EQ(::chown(source.c_str(), 1234, 2345), 0);
  ASSERT_TRUE(commit(request("a.avi", "a.mp4")));
  EXPECT_EQ(status("a.mp4").st_uid, 1234U);
  EXPECT_EQ(status("a.mp4").st_gid, 2345U);
}

TEST_F(CommitTest, AnExistingOutputStaysAndSaysSo) {
  folder.write("a.avi", "source");
  auto made = request("a.avi", "a.mp4");
  folder.write("a.mp4", "of another copy of the job");
  auto report = commit(std::move(made));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->name_taken);
  EXPECT_EQ(folder.read("a.mp4"), "of another copy of the job");
  EXPECT_THAT(folder.files(), ElementsAre("a.avi", "a.mp4"));
}

TEST_F(CommitTest, OverwriteReplacesIt) {
  folder.write("a.avi", "source");
  folder.write("a.mp4", "old");
  auto made = request("a.avi", "a.mp4");
  made.overwrite = true;
  ASSERT_TRUE(commit(std::move(made)));
  EXPECT_EQ(folder.read("a.mp4"), "encoded");
  EXPECT_THAT(folder.files(), ElementsAre("a.avi", "a.mp4"));
}

TEST_F(CommitTest, ReplaceInPlaceTakesTheSourcesName) {
  folder.write("a.mp4", "source");
  auto made = request("a.mp4", "a.mp4");
  made.replace = true;
  ASSERT_TRUE(commit(std::move(made)));
  EXPECT_EQ(folder.read("a.mp4"), "encoded");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(CommitTest, ReplaceUnderANewNameRemovesTheSourceAfterwards) {
  folder.write("a.avi", "source");
  auto made = request("a.avi", "a.mp4");
  made.replace = true;
  ASSERT_TRUE(commit(std::move(made)));
  EXPECT_EQ(folder.read("a.mp4"), "encoded");
  EXPECT_THAT(folder.files(), ElementsAre("a.mp4"));
}

TEST_F(CommitTest, ReplaceKeepsTheSourceWhenTheNewNameIsTaken) {
  folder.write("a.avi", "source");
  auto made = request("a.avi", "a.mp4");
  made.replace = true;
  folder.write("a.mp4", "somebody else's");
  auto report = commit(std::move(made));
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->name_taken);
  EXPECT_EQ(folder.read("a.avi"), "source");
  EXPECT_EQ(folder.read("a.mp4"), "somebody else's");
}

TEST_F(CommitTest, TheSourceIsNeverTheOutputByAccident) {
  folder.write("a.mp4", "source");
  ASSERT_EQ(::link((folder / "a.mp4").c_str(), (folder / "b.mp4").c_str()), 0);
  auto made = request("a.mp4", "b.mp4");
  made.overwrite = true;
  auto report = commit(std::move(made));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "same_file");
  EXPECT_EQ(folder.read("b.mp4"), "source");
}

struct Change {
  const char* name;
  std::function<void(const std::string& source)> make;
  const char* code;
};

class ChangedSource : public CommitTest, public ::testing::WithParamInterface<Change> {};

TEST_P(ChangedSource, IsAFailureAndNothingIsCommitted) {
  auto source = folder.write("a.avi", "source");
  for (bool replace : {false, true}) {
    auto made = request("a.avi", "a.mp4");
    made.replace = replace;
    GetParam().make(source);
    auto report = commit(std::move(made));
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, GetParam().code);
    EXPECT_FALSE(exists(folder / "a.mp4"));
    folder.write("a.avi", "source");
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, ChangedSource,
    ::testing::Values(
        Change{"Grown", [](const auto& path) { std::ofstream(path, std::ios::app) << "more"; }, "source_changed"},
        Change{"Touched",
               [](const auto& path) {
                 struct timespec times[2] = {{0, UTIME_OMIT}, {5, 0}};
                 ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
               },
               "source_changed"},
        Change{"Replaced",
               [](const auto& path) {
                 std::ofstream(path + ".new") << "source";
                 ASSERT_EQ(::rename((path + ".new").c_str(), path.c_str()), 0);
               },
               "source_changed"},
        Change{"Deleted", [](const auto& path) { ASSERT_EQ(::unlink(path.c_str()), 0); }, "ENOENT"}),
    [](const auto& change) { return change.param.name; });

TEST_F(CommitTest, NamedTemporariesCommitTheSameWay) {
  folder.write("a.avi", "source");
  ASSERT_TRUE(commit(request("a.avi", "new/a.mp4", Naming::named)));
  folder.write("b.mp4", "source");
  auto made = request("b.mp4", "b.mp4", Naming::named);
  made.replace = true;
  ASSERT_TRUE(commit(std::move(made)));
  EXPECT_EQ(folder.read("b.mp4"), "encoded");
  EXPECT_THAT(folder.files(), ElementsAre("a.avi", "b.mp4", "new/a.mp4"));
}

TEST_F(CommitTest, AnUnusableFolderIsAnErrorWithItsName) {
  folder.write("a.avi", "source");
  auto made = request("a.avi", "out/a.mp4");
  folder.write("out", "a file is in the way");
  auto report = commit(std::move(made));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, "ENOTDIR");
  EXPECT_THAT(report.error().message, ::testing::HasSubstr("/out"));
}

// As a crash between the two steps leaves it.
TEST_F(CommitTest, AReplacementThatACrashCutOffIsFinished) {
  folder.write("a.avi", "source");
  auto cut_off = request("a.avi", "a.mp4");
  const auto source = status("a.avi");
  if (!plan::mark_replacement(cut_off.temporary.fd(), source)) GTEST_SKIP() << "no extended attributes here";
  ASSERT_TRUE(cut_off.temporary.link_new(cut_off.output));
  EXPECT_TRUE(plan::is_replacement(folder / "a.mp4", folder / "a.avi"));
  EXPECT_FALSE(plan::is_replacement(folder / "a.avi", folder / "a.mp4"));
  ASSERT_TRUE(finish_replacement(folder / "a.mp4", folder / "a.avi", source));
  EXPECT_FALSE(exists(folder / "a.avi"));
  EXPECT_FALSE(plan::is_replacement(folder / "a.mp4", source)) << "the mark stays";
}

TEST_F(CommitTest, ASourceChangedSinceIsNoLongerTheReplacedOne) {
  folder.write("a.avi", "source");
  auto made = request("a.avi", "a.mp4");
  if (!plan::mark_replacement(made.temporary.fd(), status("a.avi"))) GTEST_SKIP() << "no extended attributes here";
  ASSERT_TRUE(made.temporary.link_new(made.output));
  folder.write("a.avi", "another source");
  EXPECT_FALSE(plan::is_replacement(folder / "a.mp4", folder / "a.avi"));
}

}  // namespace
}  // namespace hevcpool::host
