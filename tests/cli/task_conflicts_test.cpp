// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/task_conflicts.h"

#include <gmock/gmock.h>

namespace hevcpool::cli {
namespace {

PlannedTask picture(const std::string& input, const std::string& output) {
  Thumbnail request;
  request.input = input;
  request.at = {"1"};
  request.outputs = {output};
  return {request, {}};
}

TEST(TaskConflictsTest, TwoInputsForOneOutputAreAnError) {
  std::vector<PlannedTask> tasks{picture("a/x.mp4", "out/x.jpg"), picture("c.mp4", "c.jpg"), picture("b/x.mp4", "out/x.jpg")};
  const auto settled = settle_conflicts(tasks);
  ASSERT_FALSE(settled);
  EXPECT_THAT(settled.error().message, testing::AllOf(testing::HasSubstr("a/x.mp4"), testing::HasSubstr("b/x.mp4"),
                                                      testing::HasSubstr("out/x.jpg")));
}

TEST(TaskConflictsTest, WhatAWalkFoundKeepsItsExtension) {
  const auto found = [](PlannedTask task) { return task.found = true, task; };
  std::vector<PlannedTask> tasks{found(picture("a/x.mp4", "out/x.jpg")), found(picture("c.mp4", "c.jpg")),
                                 found(picture("a/x.mkv", "out/x.jpg")), found({Clip{.input = "v/y.avi", .mode = ClipMode::exact}, {}}),
                                 found({Clip{.input = "v/y.mkv", .mode = ClipMode::exact}, {}})};
  std::vector<std::string> messages;
  ASSERT_TRUE(settle_conflicts(tasks, &messages));
  EXPECT_EQ(outputs_of(tasks[0].task).at(0), "out/x.mp4.jpg");
  EXPECT_EQ(outputs_of(tasks[1].task).at(0), "c.jpg");
  EXPECT_EQ(outputs_of(tasks[2].task).at(0), "out/x.mkv.jpg");
  EXPECT_EQ(outputs_of(tasks[3].task).at(0), "v/y.avi.clip.mkv");
  EXPECT_EQ(outputs_of(tasks[4].task).at(0), "v/y.mkv.clip.mkv");
  EXPECT_EQ(messages.size(), 2u);
}

TEST(TaskConflictsTest, SoDoesSoundWhoseNameIsNotKnownYet) {
  std::vector<PlannedTask> tasks{{AudioExtract{.input = "a/x.mkv"}, {}, true}, {AudioExtract{.input = "a/x.mp4"}, {}, true},
                                 {AudioExtract{.input = "a/x.m4a"}, {}, true}};
  ASSERT_TRUE(settle_conflicts(tasks));
  EXPECT_EQ(std::get<AudioExtract>(tasks[0].task).output_stem, "a/x.mkv");
  EXPECT_EQ(std::get<AudioExtract>(tasks[1].task).output_stem, "a/x.mp4");
  EXPECT_EQ(std::get<AudioExtract>(tasks[2].task).output_stem, "");
}

TEST(TaskConflictsTest, OneOutputMayBeSpeltInManyWays) {
  for (const char* spelling : {"./x.jpg", "none/../x.jpg", "x.jpg"}) {
    std::vector<PlannedTask> tasks{picture("a.mp4", "x.jpg"), picture("b.mp4", spelling)};
    EXPECT_FALSE(settle_conflicts(tasks)) << spelling;
  }
}

TEST(TaskConflictsTest, AnOutputThatAnotherReadsIsAnError) {
  std::vector<PlannedTask> tasks{{Clip{.input = "a.mp4", .output = "b.mp4"}, {}}, {Probe{.input = "b.mp4"}, {}}};
  const auto settled = settle_conflicts(tasks);
  ASSERT_FALSE(settled);
  EXPECT_THAT(settled.error().message, testing::HasSubstr("the output 'b.mp4' of 'a.mp4' is read for 'b.mp4'"));
  tasks = {{Frames{.input = "a", .reference = "r", .output = "r", .psnr = true}, {}}};
  EXPECT_FALSE(settle_conflicts(tasks));
}

TEST(TaskConflictsTest, SoundThatWillBeNamedByWhatItIsMayBeReadByNoneToo) {
  const auto sound = [](const std::string& input, const std::string& output, Overwrite overwrite = Overwrite::always) {
    return PlannedTask{AudioExtract{.input = input, .output = output, .overwrite = overwrite}, {}};
  };
  const auto refused = [](std::vector<PlannedTask> tasks) { return !settle_conflicts(tasks); };
  const PlannedTask read{Probe{.input = "film.m4a"}, {}}, read_second{Probe{.input = "film.2.opus"}, {}};
  EXPECT_TRUE(refused({sound("film.mkv", ""), read}));
  EXPECT_TRUE(refused({sound("film.mkv", ""), read_second}));
  EXPECT_TRUE(refused({sound("a/film.mkv", "./"), read}));
  EXPECT_FALSE(refused({sound("film.mkv", "", Overwrite::never), read}));
  EXPECT_FALSE(refused({sound("film.2.mkv", ""), read}));
  EXPECT_FALSE(refused({sound("film.mkv", "film.aac"), read}));
  EXPECT_FALSE(refused({sound("film.mkv", ""), {Probe{.input = "film.mp4"}, {}}}));
}

TEST(TaskConflictsTest, TheSameRequestTwiceIsDoneOnce) {
  std::vector<PlannedTask> tasks{picture("a.mp4", "a.jpg"), picture("b.mp4", "b.jpg"), picture("a.mp4", "a.jpg")};
  ASSERT_TRUE(settle_conflicts(tasks));
  EXPECT_EQ(tasks.size(), 2u);
}

TEST(TaskConflictsTest, NamesThatDifferInBytesThatAreNoTextAreNotTheSame) {
  std::vector<PlannedTask> tasks{picture("x\xff.mp4", "x\xff.jpg"), picture("x\xfe.mp4", "x\xfe.jpg")};
  ASSERT_TRUE(settle_conflicts(tasks));
  EXPECT_EQ(tasks.size(), 2u);
}

TEST(TaskConflictsTest, WhatMakesNoFileMayComeTwice) {
  Probe probe;
  probe.input = "a.mp4";
  std::vector<PlannedTask> tasks{{probe, {}}, {probe, {}}};
  ASSERT_TRUE(settle_conflicts(tasks));
  EXPECT_EQ(tasks.size(), 2u);
}

}  // namespace
}  // namespace hevcpool::cli
