// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/encode_options.h"

#include <gmock/gmock.h>

#include <vector>

namespace hevcpool::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::variant<EncodeArguments, ParseExit> parse(std::vector<const char*> words) {
  words.insert(words.begin(), "encode");
  return parse_encode(static_cast<int>(words.size()), words.data());
}
EncodeArguments good(const std::vector<const char*>& words) {
  auto parsed = parse(words);
  if (const auto* away = std::get_if<ParseExit>(&parsed)) ADD_FAILURE() << away->text;
  return std::holds_alternative<EncodeArguments>(parsed) ? std::get<EncodeArguments>(parsed) : EncodeArguments{};
}
std::string refused(const std::vector<const char*>& words) {
  const auto parsed = parse(words);
  const auto* away = std::get_if<ParseExit>(&parsed);
  EXPECT_TRUE(away && away->exit_code == 2);
  return away ? away->text : std::string();
}

TEST(EncodeOptionsTest, DefaultsAreThoseOfTheLibrary) {
  const EncodeArguments arguments = good({"a.mp4"});
  EXPECT_EQ(arguments.request.settings.options.preset, "medium");
  EXPECT_FALSE(arguments.request.settings.options.crf);
  EXPECT_EQ(arguments.workers, 0U);
  EXPECT_TRUE(arguments.sandbox);
  EXPECT_THAT(arguments.request.inputs, ElementsAre("a.mp4"));
}

TEST(EncodeOptionsTest, OptionsReachTheJob) {
  const EncodeArguments arguments = good({"--crf", "20.5", "--preset", "slow", "--container=mkv", "--start", "1:00",
                                          "--duration", "2.5", "--audio", "none", "--deinterlace", "off",
                                          "--max-errors", "any", "--verify", "full", "--retries", "3", "--timeout",
                                          "60", "-j", "4", "--overwrite", "--reencode", "-o", "out/", "a", "b"});
  const Encode& job = arguments.request.settings;
  EXPECT_EQ(job.options.crf, 20.5);
  EXPECT_EQ(job.options.preset, "slow");
  EXPECT_EQ(job.options.container, Container::mkv);
  EXPECT_EQ(job.options.start, 60);
  EXPECT_EQ(job.options.duration, 2.5);
  EXPECT_EQ(job.options.audio, "none");
  EXPECT_EQ(job.options.deinterlace, Deinterlace::off);
  EXPECT_EQ(job.options.max_errors, -2);
  EXPECT_EQ(job.verify, Verify::full);
  EXPECT_EQ(job.retries, 3U);
  EXPECT_EQ(job.timeout, Seconds(60));
  EXPECT_EQ(job.overwrite, Overwrite::always);
  EXPECT_TRUE(job.options.reencode);
  EXPECT_EQ(arguments.workers, 4U);
  EXPECT_EQ(arguments.request.output, "out/");
}

TEST(EncodeOptionsTest, InputsMayLookLikeAnything) {
  EXPECT_THAT(good({"{}", "[a,b]", "%d", "--", "-x.mp4", "--crf"}).request.inputs,
              ElementsAre("{}", "[a,b]", "%d", "-x.mp4", "--crf"));
}

TEST(EncodeOptionsTest, TheLastOfAnOptionCounts) { EXPECT_EQ(good({"--crf", "20", "--crf", "30", "a"}).request.settings.options.crf, 30); }

TEST(EncodeOptionsTest, ErrorsNameTheOption) {
  EXPECT_THAT(refused({"--no-such", "a"}), HasSubstr("--no-such"));
  EXPECT_THAT(refused({"--crf", "abc", "a"}), HasSubstr("--crf"));
  EXPECT_THAT(refused({"--crf", "60", "a"}), HasSubstr("--crf"));
  EXPECT_THAT(refused({"--container", "avi", "a"}), HasSubstr("avi"));
  EXPECT_THAT(refused({"-j", "0", "a"}), HasSubstr("workers"));
  EXPECT_THAT(refused({"--start", "x", "a"}), HasSubstr("--start"));
  EXPECT_THAT(refused({"-v", "--quiet", "a"}), HasSubstr("quiet"));
  EXPECT_THAT(refused({}), HasSubstr("INPUT"));
}

TEST(EncodeOptionsTest, EncoderParametersAreCheckedBeforeAnything) {
  EXPECT_THAT(refused({"--x265-params", "no-such-key=1", "a"}), HasSubstr("no-such-key"));
  EXPECT_THAT(refused({"--x265-params", "pools=4", "a"}), HasSubstr("pools"));
  EXPECT_THAT(refused({"--preset", "quick", "a"}), HasSubstr("quick"));
}

TEST(EncodeOptionsTest, HelpIsNoError) {
  const auto parsed = parse({"--help"});
  EXPECT_EQ(std::get<ParseExit>(parsed).exit_code, 0);
  EXPECT_THAT(std::get<ParseExit>(parsed).text, HasSubstr("--crf"));
}

}  // namespace
}  // namespace hevcpool::cli
