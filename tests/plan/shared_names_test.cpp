// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/request.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>

namespace hevcpool::plan {
namespace {

namespace fs = std::filesystem;
using test::TempFolder;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Sources of different ages, and the names of the outputs that a run over them has.
class SharedNamesTest : public testing::Test {
 protected:
  std::string source(const std::string& name) {
    const std::string path = folder.file(name, name);
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(++age_));
    return path;
  }
  // As a conversion makes it: with its source's time.
  void output(const std::string& name, const std::string& of) {
    fs::last_write_time(folder.file(name), fs::last_write_time(folder / of));
  }
  std::vector<std::string> outputs(std::vector<std::string> inputs, const std::string& to = {}) {
    Request request;
    request.inputs = std::move(inputs);
    request.output = to;
    messages.clear();
    const auto jobs = plan_jobs(request, &messages);
    std::vector<std::string> names;
    if (!jobs) return {jobs.error().message};
    for (const PlannedJob& job : *jobs)
      names.push_back(fs::path(job.encode.output_stem).lexically_relative(folder.path()).native());
    return names;
  }

  TempFolder folder;
  std::vector<std::string> messages;

 private:
  int age_ = 0;
};

TEST_F(SharedNamesTest, SourcesThatDifferInTheirExtensionKeepIt) {
  for (const char* name : {"v/a.avi", "v/a.mkv", "v/a.mp4", "v/b.mp4"}) source(name);
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc", "v/a.mp4.hevc", "v/b.hevc"));
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(messages[0], testing::AllOf(HasSubstr("a.avi"), HasSubstr("a.mkv"), HasSubstr("a.mp4")));
}

TEST_F(SharedNamesTest, InAnotherFolderToo) {
  for (const char* name : {"v/s/a.MKV", "v/s/a.mkv", "v/a.mkv"}) source(name);
  EXPECT_THAT(outputs({folder / "v"}, folder / "out"), ElementsAre("out/a", "out/s/a.MKV", "out/s/a.mkv"));
}

TEST_F(SharedNamesTest, OfListsToo) {
  const std::string a = source("a.avi"), b = source("a.mkv");
  EXPECT_THAT(outputs({"@" + folder.file("list", a + "\n" + b)}), ElementsAre("a.avi.hevc", "a.mkv.hevc"));
}

TEST_F(SharedNamesTest, TwoThatWereNamedAreAMistake) {
  const std::string a = source("a.avi"), b = source("a.mkv");
  EXPECT_THAT(outputs({a, b}), ElementsAre(HasSubstr("have the same output")));
}

TEST_F(SharedNamesTest, ANamedOneBesideAFoundOneIsNone) {
  const std::string a = source("v/a.avi");
  source("v/a.mkv");
  EXPECT_THAT(outputs({a, folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc"));
}

TEST_F(SharedNamesTest, ALongNameMayMeetAShortOne) {
  for (const char* name : {"v/a.avi", "v/a.mkv", "v/a.mkv.mov"}) source(name);
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc", "v/a.mkv.mov.hevc"));
}

TEST_F(SharedNamesTest, WhatWasMadeBeforeTheRivalCameIsFoundAgain) {
  source("v/a.avi");
  source("v/a.mkv");
  output("v/a.hevc.mp4", "v/a.mkv");
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.hevc"));
}

TEST_F(SharedNamesTest, AnOutputOfNoneOfThemBelongsToNone) {
  for (const char* name : {"v/a.avi", "v/a.mkv", "old.mp4"}) source(name);
  output("v/a.hevc.mp4", "old.mp4");
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc"));
}

TEST_F(SharedNamesTest, AnOutputThatMayBeOfBothBelongsToNone) {
  source("v/a.avi");
  source("v/a.mkv");
  fs::last_write_time(folder / "v/a.avi", fs::last_write_time(folder / "v/a.mkv"));
  output("v/a.hevc.mp4", "v/a.mkv");
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc"));
}

TEST_F(SharedNamesTest, WhatIsLeftAloneKeepsTheNameOfItsOutput) {
  source("v/a.mkv");
  output("v/a.mkv.hevc.mp4", "v/a.mkv");
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.mkv.hevc"));
  EXPECT_THAT(messages, IsEmpty());
}

TEST_F(SharedNamesTest, AWalkPassesOverTheLongOutputs) {
  source("v/a.avi");
  source("v/a.mkv");
  output("v/a.avi.hevc.mp4", "v/a.avi");
  output("v/a.mkv.hevc.mkv", "v/a.mkv");
  EXPECT_THAT(outputs({folder / "v"}), ElementsAre("v/a.avi.hevc", "v/a.mkv.hevc"));
}

TEST_F(SharedNamesTest, AReplacementIsNotRenamedAndStopsNoOther) {
  for (const char* name : {"v/a.avi", "v/a.mp4", "v/b.avi"}) source(name);
  Request request;
  request.inputs = {folder / "v"};
  request.settings.replace = true;
  const auto jobs = plan_jobs(request);
  ASSERT_TRUE(jobs) << jobs.error().message;
  ASSERT_THAT(*jobs, SizeIs(3));
  EXPECT_EQ(jobs->at(0).encode.output_stem, folder / "v/a");
  request.inputs = {folder / "v/a.avi", folder / "v/a.mp4"};
  EXPECT_FALSE(plan_jobs(request));
}

}  // namespace
}  // namespace hevcpool::plan
