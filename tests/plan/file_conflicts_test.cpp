// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/file_conflicts.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

namespace hevcpool::plan {
namespace {

using Kind = FileConflict::Kind;

class FileConflictsTest : public testing::Test {
 protected:
  void expect(const std::vector<FilesOfJob>& jobs, Kind kind, std::size_t job, std::size_t other) {
    const auto found = file_conflicts(jobs);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].kind, kind);
    EXPECT_EQ(found[0].job, job);
    EXPECT_EQ(found[0].other, other);
  }
  test::TempFolder folder;
  std::string a = folder.file("a"), b = folder.file("b");
};

TEST_F(FileConflictsTest, JobsWithFilesOfTheirOwnHaveNone) {
  EXPECT_TRUE(file_conflicts({}).empty());
  EXPECT_TRUE(file_conflicts({{{a}, {}}, {{a}, {}}, {{a}, {folder / "x"}}, {{b}, {folder / "y"}}}).empty());
}

TEST_F(FileConflictsTest, OneOutputHasManySpellings) {
  std::filesystem::create_directory(folder / "real");
  std::filesystem::create_directory_symlink("real", folder / "link");
  for (const char* spelling : {"real/q", "./real/q", "none/../real/q", "real/../real//q", "link/q"})
    expect({{{a}, {folder / "real/q"}}, {{b}, {folder / spelling}}}, Kind::same_output, 1, 0);
  expect({{{a}, {folder / "q", folder / "./q"}}}, Kind::same_output, 0, 0);
}

TEST_F(FileConflictsTest, AnOutputIsNobodysInputThroughWhateverName) {
  std::filesystem::create_symlink("b", folder / "link");
  std::filesystem::create_hard_link(b, folder / "hard");
  for (const char* name : {"b", "./b", "link", "hard"}) {
    expect({{{a}, {folder / name}}, {{b}, {}}}, Kind::other_input, 0, 1);
    expect({{{a, b}, {folder / name}}}, Kind::own_input, 0, 0);
  }
}

TEST_F(FileConflictsTest, NorIsItAnInputThatIsStillToBeMade) {
  expect({{{folder / "new"}, {}}, {{a}, {folder / "./new"}}}, Kind::other_input, 1, 0);
}

TEST_F(FileConflictsTest, WhatReplacesItsInputMayNotReplaceAnother) {
  EXPECT_TRUE(file_conflicts({{{a}, {a}, true}}).empty());
  expect({{{a}, {b}, true}, {{b}, {}}}, Kind::other_input, 0, 1);
  expect({{{a}, {a}, true}, {{a}, {}}}, Kind::other_input, 0, 1);
}

TEST_F(FileConflictsTest, AFolderIsNoOutput) {
  std::filesystem::create_directory(folder / "there");
  expect({{{a}, {folder / "there"}}}, Kind::folder, 0, 0);
}

}  // namespace
}  // namespace hevcpool::plan
