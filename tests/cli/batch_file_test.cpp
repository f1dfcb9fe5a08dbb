// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_file.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(BatchFileTest, ReadsObjectsAndPlainPaths) {
  const auto file = read_batch("# a list\n\n{\"task\": \"probe\", \"input\": \"a.mp4\"}\nb \xff.mp4\r\n", {}, "image");
  EXPECT_THAT(file.problems, IsEmpty());
  ASSERT_EQ(file.jobs.size(), 2u);
  EXPECT_EQ(name_of(file.jobs[0].task), "probe");
  EXPECT_EQ(name_of(file.jobs[1].task), "image");
  EXPECT_EQ(input_of(file.jobs[1].task), "b \xff.mp4");
  EXPECT_EQ(file.jobs[1].line, 4u);
}

TEST(BatchFileTest, EveryWrongLineIsNamedWithItsField) {
  const auto file = read_batch("{\"task\": \"probe\"}\n{]\n{\"task\": \"image\", \"input\": \"a\", \"width\": -1}\n", {}, "encode");
  ASSERT_EQ(file.problems.size(), 3u);
  EXPECT_THAT(file.problems[0], HasSubstr("line 1: input: "));
  EXPECT_THAT(file.problems[1], HasSubstr("line 2: "));
  EXPECT_THAT(file.problems[2], HasSubstr("line 3: width: "));
}

std::vector<std::string> problems_of(const std::string& text) {
  auto file = read_batch(text, {}, "encode");
  EXPECT_THAT(file.problems, IsEmpty());
  return settle_jobs(file.jobs);
}

TEST(BatchFileTest, TwoJobsCannotMakeOneFile) {
  EXPECT_THAT(problems_of("{\"task\": \"image\", \"input\": \"a\", \"output\": \"x.png\"}\n"
                          "{\"task\": \"image\", \"input\": \"b\", \"output\": \"no/.././x.png\"}\n"
                          "{\"task\": \"image\", \"input\": \"c.png\", \"output\": \"c.png\"}\n"),
              ElementsAre(HasSubstr("line 2: output: line 1"), HasSubstr("line 3: output: is the input")));
  EXPECT_THAT(problems_of("a.mp4\n{\"task\": \"clip\", \"input\": \"b\", \"output\": \"a.hevc.mkv\"}\n"),
              ElementsAre(HasSubstr("line 2: output: line 1")));
}

TEST(BatchFileTest, NorMayOneMakeWhatAnotherReads) {
  EXPECT_THAT(problems_of("{\"task\": \"clip\", \"input\": \"a.mp4\", \"output\": \"b.mp4\"}\n"
                          "{\"task\": \"probe\", \"input\": \"./b.mp4\"}\n"),
              ElementsAre(HasSubstr("line 1: output: line 2 reads \"b.mp4\"")));
}

TEST(BatchFileTest, TheSameRequestTwiceIsDoneOnce) {
  auto file = read_batch("a.mp4\na.mp4\nb.mp4\n", {}, "encode");
  EXPECT_THAT(settle_jobs(file.jobs), IsEmpty());
  EXPECT_EQ(file.jobs.size(), 2u);
}

TEST(BatchFileTest, DefaultsThatAreNoTextAreAnError) {
  for (const char* name : {"d.json", "d.toml"}) EXPECT_FALSE(read_defaults(name, "[image]\noutput = \"\xff\"\n")) << name;
}

TEST(BatchFileTest, DefaultsComeAsJsonOrToml) {
  const auto json = read_defaults("d.json", R"({"image": {"width": 5}})");
  ASSERT_TRUE(json);
  const auto toml = read_defaults("d.toml", "[image]\nwidth = 5\ngrey = true\nformat = \"png\"\n");
  ASSERT_TRUE(toml) << toml.error().message;
  const auto file = read_batch("a.jpg\n", *toml, "image");
  ASSERT_EQ(file.jobs.size(), 1u) << file.problems.at(0);
  const auto& image = std::get<Image>(file.jobs[0].task);
  EXPECT_EQ(image.picture.width, 5);
  EXPECT_TRUE(image.picture.grey);
  EXPECT_EQ(image.picture.format, StillFormat::png);
  EXPECT_FALSE(read_defaults("d.json", "{"));
}

TEST(BatchFileTest, TomlMayHaveListsAndNumbersInTextAndComments) {
  const auto defaults = read_defaults("d.toml", "[thumbnail]\nat = [\n  \"50%\",  # the middle\n]  # and no more\n"
                                                "[audio]\ntracks = [0]\n[all]\nfps = \"25\"\n");
  ASSERT_TRUE(defaults) << defaults.error().message;
  const auto file = read_batch("{\"task\": \"thumbnail\", \"input\": \"a\"}\n{\"task\": \"audio\", \"input\": \"a\"}\n"
                               "{\"task\": \"encode\", \"input\": \"a\"}\n", *defaults, "encode");
  ASSERT_EQ(file.jobs.size(), 3u) << testing::PrintToString(file.problems);
  EXPECT_THAT(std::get<Thumbnail>(file.jobs[0].task).at, ElementsAre("50%"));
  EXPECT_THAT(std::get<AudioExtract>(file.jobs[1].task).tracks, ElementsAre(0));
  EXPECT_EQ(std::get<Encode>(file.jobs[2].task).options.fps, "25");
}

TEST(BatchFileTest, WrongDefaultsAreNamedOnceWithTheirLine) {
  const auto problems = [](const std::string& text) {
    const auto defaults = read_defaults("d.toml", text);
    return defaults ? read_batch("a.mp4\nb.mp4\n", *defaults, "thumbnail").problems
                    : std::vector<std::string>{defaults.error().message};
  };
  EXPECT_THAT(problems("[thumbnail]\n\nat = \"50%\"\n"), ElementsAre("d.toml: line 3: thumbnail.at: must be a list"));
  EXPECT_THAT(problems("[all]\nwidth = 1.5\n"), ElementsAre("d.toml: line 2: all.width: must be a whole number"));
  EXPECT_THAT(problems("[thumbnail]\nat = [3]\n"), ElementsAre("d.toml: line 2: thumbnail.at[0]: must be text"));
  EXPECT_THAT(problems("[all]\ncolour = 1\n"), ElementsAre(HasSubstr("d.toml: line 2: all.colour: ")));
  EXPECT_THAT(problems("\n[thumbnails]\n"), ElementsAre(HasSubstr("d.toml: line 2: thumbnails: ")));
  EXPECT_THAT(problems("width = 1\n"), ElementsAre(HasSubstr("d.toml: line 1: width: belongs into a section")));
  EXPECT_THAT(problems("[all]\nwidth = 2024-01-01\n"), ElementsAre(HasSubstr("d.toml: line 2: all.width: must be text, ")));
  EXPECT_THAT(problems("[all]\nwidth = \n"), ElementsAre(HasSubstr("d.toml: line 2: ")));
}

TEST(BatchFileTest, AJobsOwnFaultIsNotThatOfADefault) {
  const auto file = read_batch("{\"task\": \"image\", \"input\": \"a\", \"width\": \"x\"}\n", {.json = R"({"*": {"width": 5}})"}, "image");
  EXPECT_THAT(file.problems, ElementsAre("line 1: width: must be a whole number"));
}

TEST(BatchFileTest, LimitsAreForJobsThatHaveNone) {
  const Limits limits{.timeout = Seconds(7), .retries = 4, .stall_timeout = Seconds(3)};
  const auto file = read_batch("a.mp4\n{\"task\": \"probe\", \"input\": \"b\", \"timeout\": 0}\n"
                               "{\"task\": \"image\", \"input\": \"c\"}\n",
                               with_limits({.json = R"({"image": {"retries": 2}, "*": {"stall_timeout": 5}})"}, limits), "encode");
  ASSERT_EQ(file.jobs.size(), 3u) << testing::PrintToString(file.problems);
  const auto& encode = std::get<Encode>(file.jobs[0].task);
  EXPECT_EQ(encode.timeout, Seconds(7));
  EXPECT_EQ(encode.retries, 4u);
  EXPECT_EQ(encode.stall_timeout, Seconds(5));
  EXPECT_EQ(std::get<Probe>(file.jobs[1].task).limits.timeout, Seconds(0));
  EXPECT_EQ(std::get<Image>(file.jobs[2].task).limits.retries, 2u);
  EXPECT_EQ(std::get<Image>(file.jobs[2].task).limits.timeout, Seconds(7));
  EXPECT_EQ(with_limits({.json = "[]"}, limits).json, "[]");
}

}  // namespace
}  // namespace hevcpool::cli
