// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/job_files.h"

#include "plan/paths/inputs.h"
#include "support/temp_folder.h"

#include <gmock/gmock.h>

namespace hevcpool::cli {
namespace {

using test::TempFolder;
using testing::ElementsAre;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Outcome outcome(std::string input, Status status) {
  Outcome made;
  made.input = std::move(input);
  made.status = status;
  if (status == Status::failed) made.error = JobError{Failure::crash, "encode", "SIGSEGV", "died", {}};
  return made;
}

TEST(ListFileTest, IsReadBackAsAList) {
  TempFolder folder;
  auto list = ListFile::create(folder / "list");
  ASSERT_TRUE(list->add("a.mp4") && list->add("-b"));
  EXPECT_EQ(text_of(folder / "list"), "a.mp4\n-b\n");
  ASSERT_TRUE(list->add("c\nd") && list->add("e"));
  EXPECT_THAT(plan::split_list(text_of(folder / "list")), ElementsAre("a.mp4", "-b", "c\nd", "e"));
}

TEST(ListFileTest, TakesThePlaceOfTheListThatIsReadOnlyAtTheEnd) {
  TempFolder folder;
  const std::string name = folder.file("list", "a\nb\n");
  std::filesystem::create_symlink("list", folder / "link");
  std::filesystem::permissions(name, std::filesystem::perms(0640));
  auto files = JobFiles::create({.log = "", .succeeded = "", .failed = folder / "link"}, {.sources = {}, .lists = {name}});
  ASSERT_TRUE(files) << files.error().message;
  EXPECT_TRUE(files->wait());
  ASSERT_TRUE(files->add(1, outcome("b", Status::failed)));
  EXPECT_EQ(text_of(name), "a\nb\n");
  EXPECT_THAT(finish_lists(*files, true), testing::HasSubstr("stays as it was"));
  EXPECT_EQ(text_of(name), "a\nb\n");
  EXPECT_EQ(finish_lists(*files, false), "");
  EXPECT_EQ(text_of(name), "b\n");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_EQ(std::filesystem::status(name).permissions(), std::filesystem::perms(0640));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
}

TEST(JobFilesTest, AreNoListsThatAreRead) {
  TempFolder folder;
  const std::string name = folder.file("list", "a\n");
  for (const ReportNames& names : {ReportNames{.log = name, .succeeded = "", .failed = ""},
                                   ReportNames{.log = "", .succeeded = "", .failed = "", .others = {name}}}) {
    const auto files = JobFiles::create(names, {.sources = {}, .lists = {name}});
    ASSERT_FALSE(files);
    EXPECT_THAT(files.error().message, testing::HasSubstr("a list that is being read"));
  }
  EXPECT_EQ(text_of(name), "a\n");
}

TEST(JobFilesTest, SortsJobsByTheirEnd) {
  TempFolder folder;
  auto files = JobFiles::create({.log = "", .succeeded = folder / "good", .failed = folder / "bad"}, {});
  for (const Status status : {Status::ok, Status::failed, Status::skipped, Status::cancelled})
    ASSERT_TRUE(files->add(1, outcome(std::string(to_string(status)), status)));
  EXPECT_EQ(text_of(folder / "good"), "ok\n");
  EXPECT_EQ(text_of(folder / "bad"), "failed\n");
}

TEST(JobFilesTest, NamesTheFileThatCannotBeMade) {
  const auto files = JobFiles::create({.log = "/no/such/log", .succeeded = "", .failed = ""}, {});
  ASSERT_FALSE(files);
  EXPECT_THAT(files.error().message, testing::HasSubstr("/no/such/log"));
}

TEST(JobFilesTest, WriteOverNoSource) {
  TempFolder folder;
  std::ofstream(folder / "recording") << "precious";
  const FilesRead read{.sources = {folder / "recording"}};
  EXPECT_FALSE(JobFiles::create({.log = "", .succeeded = "", .failed = folder / "recording"}, read));
  EXPECT_FALSE(JobFiles::create({.log = "", .succeeded = "", .failed = "", .others = {folder / "./recording"}}, read));
  EXPECT_EQ(text_of(folder / "recording"), "precious");
}

TEST(JobLogTest, ARowHasAsManyCellsAsTheHeader) {
  const std::string row = JobLog::row(3, 1700000000.5, outcome("a\tb\nc\\", Status::failed));
  EXPECT_EQ(std::ranges::count(row, '\t'), std::ranges::count(std::string(JobLog::header()), '\t'));
  EXPECT_THAT(row, testing::StartsWith("3\t:\t1700000000.500\t0.000\t0\t0\t1\t11\tfailed\t"));
  EXPECT_THAT(row, testing::HasSubstr("a\\tb\\nc\\\\"));
}

TEST(JobLogTest, GivesNoOrdersToATerminal) {
  const std::string row = JobLog::row(1, 0, outcome("a\x1b[2J\x7f\xe9.mp4", Status::ok));
  EXPECT_THAT(row, testing::HasSubstr("a\\x1b[2J\\x7f\xe9.mp4"));
}

}  // namespace
}  // namespace hevcpool::cli
