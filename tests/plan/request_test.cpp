// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/request.h"

#include "support/temp_folder.h"

#include <gmock/gmock.h>

namespace hevcpool::plan {
namespace {

using test::TempFolder;

Request request(std::vector<std::string> inputs, std::string output = {}) {
  Request made;
  made.inputs = std::move(inputs);
  made.output = std::move(output);
  return made;
}

TEST(RequestTest, EveryJobCarriesTheSettings) {
  TempFolder folder;
  Request made = request({folder.file("a.mp4"), folder.file("b.mp4")});
  made.settings.options.preset = "fast";
  const auto jobs = plan_jobs(made);
  ASSERT_EQ(jobs->size(), 2U);
  EXPECT_EQ((*jobs)[1].encode.input, folder / "b.mp4");
  EXPECT_EQ((*jobs)[1].encode.output_stem, folder / "b.hevc");
  EXPECT_EQ((*jobs)[1].encode.options.preset, "fast");
}

TEST(RequestTest, AFileForOneInputAFolderForMore) {
  TempFolder folder;
  const std::string a = folder.file("v/a.mp4");
  EXPECT_EQ(plan_jobs(request({a}, folder / "x.mkv"))->at(0).encode.output, folder / "x.mkv");
  EXPECT_EQ(plan_jobs(request({folder / "v"}, folder / "out"))->at(0).encode.output_stem, folder / "out/a");
  EXPECT_EQ(plan_jobs(request({a}, folder.path()))->at(0).encode.output_stem, folder / "a");
}

TEST(RequestTest, AMissingInputIsAJobWithAProblem) {
  TempFolder folder;
  const auto jobs = plan_jobs(request({folder / "none.mp4", folder.file("a.mp4")}));
  ASSERT_EQ(jobs->size(), 2U);
  EXPECT_TRUE((*jobs)[0].problem);
  EXPECT_FALSE((*jobs)[1].problem);
}

TEST(RequestTest, RefusesFoldersThatCannotBeWritten) {
  TempFolder folder;
  const auto jobs = plan_jobs(request({folder.file("a.mp4")}, "/proc/out/"));
  ASSERT_FALSE(jobs);
  EXPECT_THAT(jobs.error().message, testing::HasSubstr("/proc"));
}

TEST(RequestTest, ReplaceAndOutputContradict) {
  TempFolder folder;
  Request made = request({folder.file("a.mp4")}, folder / "out");
  made.settings.replace = true;
  EXPECT_FALSE(plan_jobs(made));
}

TEST(RequestTest, ReplaceNeedsVerification) {
  TempFolder folder;
  Request made = request({folder.file("a.mp4")}, "");
  made.settings.replace = true;
  EXPECT_TRUE(plan_jobs(made));
  made.settings.verify = Verify::none;
  EXPECT_FALSE(plan_jobs(made));
}

TEST(RequestTest, AReplacementKeepsTheWholeFilm) {
  TempFolder folder;
  Request made = request({folder.file("a.mp4")}, "");
  made.settings.replace = true;
  made.settings.options.duration = 5;
  const auto jobs = plan_jobs(made);
  ASSERT_FALSE(jobs);
  EXPECT_NE(jobs.error().message.find("--duration"), std::string::npos);
}

TEST(RequestTest, FilesOfTwoFoldersThatMeetAreRefused) {
  TempFolder folder;
  folder.file("1/a.mp4");
  folder.file("2/a.mkv");
  EXPECT_EQ(plan_jobs(request({folder / "1", folder / "2"}, folder / "out"))->at(1).encode.output_stem, folder / "out/a.mkv");
  folder.file("2/a.mp4");
  EXPECT_FALSE(plan_jobs(request({folder / "1", folder / "2"}, folder / "out")));
  EXPECT_TRUE(plan_jobs(request({folder / "1", folder / "2"})));
}

}  // namespace
}  // namespace hevcpool::plan
