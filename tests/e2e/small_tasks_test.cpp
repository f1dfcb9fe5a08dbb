// SPDX-License-Identifier: GPL-2.0-or-later
// The small jobs as commands: what they refuse, what they leave and what they say.
#include "e2e/task_stage.h"

#include <filesystem>
#include <sstream>

namespace hevcpool::e2e {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class SmallTasksTest : public TaskStageTest {};

TEST_F(SmallTasksTest, NoSourceIsWrittenOver) {
  fs::create_symlink(b, stage / "link.csv");
  fs::create_hard_link(b, stage / "hard.csv");
  for (const std::string& name : {b, stage.in() + "/./clip-2.mp4", stage / "link.csv", stage / "hard.csv"})
    expect_refusal({"frames", a, "--psnr", "--reference", b, "-o", name, "--overwrite"}, name);
  expect_refusal({"clip", a, "-o", a, "--overwrite"}, "reads itself");
}

TEST_F(SmallTasksTest, NorIsAnInputOfAnother) {
  fs::create_directory(stage / "tree");
  fs::copy_file(a, stage / "tree/clip-2.mp4");
  expect_refusal({"clip", stage / "tree/clip-2.mp4", b, "-o", stage.in(), "--overwrite"}, "clip-2.mp4");
}

TEST_F(SmallTasksTest, NamesThatAreNoTextAreEachAFile) {
  fs::copy_file(a, stage / "x\xff.mp4");
  fs::copy_file(b, stage / "x\xfe.mp4");
  EXPECT_EQ(run({"thumbnail", stage / "x\xff.mp4", stage / "x\xfe.mp4"}), 0) << err;
  EXPECT_TRUE(fs::exists(stage / "x\xff.thumb.jpg"));
  EXPECT_TRUE(fs::exists(stage / "x\xfe.thumb.jpg"));
}

TEST_F(SmallTasksTest, WorkersCanBeHeldBack) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--nice", "5"}, {"--idle"}, {"--pin", "cpu"},
                                                {"--stall-timeout", "60"}}) {
    std::vector<std::string> arguments{"probe", a};
    arguments.insert(arguments.end(), words.begin(), words.end());
    EXPECT_EQ(run(arguments), 0) << words.front() << err;
    EXPECT_THAT(out, HasSubstr("\"codec_name\""));
  }
  EXPECT_EQ(run({"probe", a, "--pin", "moon"}), 2);
}

TEST_F(SmallTasksTest, AListOfFramesIsWhatItsNameSays) {
  EXPECT_EQ(run({"frames", a, "-o", stage / "f.json"}), 0) << err;
  const auto array = nlohmann::json::parse(stage.text("f.json"));
  ASSERT_TRUE(array.is_array());
  ASSERT_GT(array.size(), 2u);
  EXPECT_EQ(array[2]["frame"], 2);
  for (const char* name : {"f.jsonl", "f.ndjson"}) {
    EXPECT_EQ(run({"frames", a, "-o", stage / name}), 0) << err;
    std::istringstream lines(stage.text(name));
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line);) EXPECT_EQ(nlohmann::json::parse(line), array[count++]);
    EXPECT_EQ(count, array.size());
  }
  EXPECT_EQ(run({"frames", a, "-o", stage / "f.csv"}), 0) << err;
  EXPECT_THAT(stage.text("f.csv"), testing::StartsWith("frame,seconds,key_frame\n0,"));
}

TEST_F(SmallTasksTest, AComparisonWithFewerOrMoreFramesIsWarnedOf) {
  ASSERT_EQ(run({"clip", a, "-o", stage / "short.mp4", "--duration", "0.2", "--exact", "--preset", "ultrafast"}), 0) << err;
  const std::string whole = decoded(a), part = decoded(stage / "short.mp4");
  const auto count = [](const std::string& text) { return text.substr(text.find(',') + 1); };
  ASSERT_NE(count(whole), count(part));
  EXPECT_EQ(run({"frames", a, "--psnr", "--reference", stage / "short.mp4"}), 0) << err;
  EXPECT_THAT(out, HasSubstr("it has " + count(whole) + " frames and the reference " + count(part)));
  EXPECT_EQ(run({"frames", stage / "short.mp4", "--ssim", "--reference", a}), 0) << err;
  EXPECT_THAT(out, HasSubstr("it has " + count(part) + " frames and the reference " + count(whole)));
  EXPECT_EQ(run({"frames", a, "--psnr", "--reference", a}), 0) << err;
  EXPECT_THAT(out, Not(HasSubstr("the reference ")));
}

TEST_F(SmallTasksTest, WalkingAFolderAgainMakesNothingNew) {
  fs::create_directory(stage / "photos");
  ASSERT_EQ(run({"thumbnail", a, "-o", stage / "photos/p.png"}), 0) << err;
  const std::vector<std::vector<std::string>> commands{
      {"clip", stage.in(), "--duration", "0.5"}, {"thumbnail", stage.in()}, {"audio", stage.in()}, {"image", stage / "photos"}};
  for (const auto& command : commands) run(command);
  const auto files = Stage::files(stage.folder().path());
  EXPECT_THAT(files, testing::IsSupersetOf({"in/clip-1.clip.mp4", "in/clip-1.thumb.jpg", "photos/p.converted.jpg"}));
  for (const auto& command : commands) run(command);
  EXPECT_EQ(Stage::files(stage.folder().path()), files);
  EXPECT_EQ(run({"audio", stage.in(), "--overwrite"}), 0) << err;
  EXPECT_THAT(out, AllOf(HasSubstr("clip-1.mp4 → "), Not(HasSubstr("clip-1.m4a → "))));
  EXPECT_EQ(Stage::files(stage.folder().path()), files);
}

}  // namespace
}  // namespace hevcpool::e2e
