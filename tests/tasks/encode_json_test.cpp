// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <nlohmann/json.hpp>

namespace hevcpool::tasks {
namespace {

using ::testing::HasSubstr;

EncodeOptions unusual_options() {
  EncodeOptions options;
  options.crf = 17.5;
  options.preset = "slow";
  options.tune = "grain";
  options.profile = "main10";
  options.x265_params = "aq-mode=3:psy-rd=1.5";
  options.bitrate = 5'000'000'000;
  options.two_pass = true;
  options.lossless = true;
  options.container = Container::mov;
  options.audio = "aac:160k";
  options.subs = "none";
  options.vf = "hqdn3d,scale=640:-2";
  options.scale = "640:-2";
  options.crop = "auto";
  options.fps = "30000/1001";
  options.deinterlace = Deinterlace::off;
  options.start = 1.25;
  options.duration = 60;
  options.program = 3;
  options.strict = true;
  options.max_errors = -2;
  options.max_damage = 2.5;
  options.reencode = true;
  options.min_saving = 12.5;
  options.threads = 7;
  return options;
}

TEST(EncodeJson, OptionsSurviveTheRoundTrip) {
  auto text = to_text(unusual_options());
  auto back = from_text<EncodeOptions>(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_text(*back), text);
  EXPECT_EQ(back->crf, 17.5);
  EXPECT_EQ(back->container, Container::mov);
  EXPECT_EQ(back->bitrate, 5'000'000'000U);
  EXPECT_EQ(back->max_errors, -2);
  EXPECT_EQ(back->threads, 7U);
}

TEST(EncodeJson, EveryFieldOfTheOptionsIsWritten) {
  auto changed = to_json(unusual_options());
  auto defaults = to_json(EncodeOptions{});
  ASSERT_EQ(changed.size(), defaults.size());
  for (const auto& [name, value] : changed.items()) EXPECT_NE(value, defaults[name]) << name;
}

TEST(EncodeJson, AnEmptyObjectIsAllDefaults) {
  auto options = from_text<EncodeOptions>("{}");
  ASSERT_TRUE(options);
  EXPECT_EQ(to_text(*options), to_text(EncodeOptions{}));
}

TEST(EncodeJson, AnswersSurviveTheRoundTrip) {
  EncodeAnswer answer;
  answer.report.inspection.format = "matroska,webm";
  answer.report.inspection.container = Container::mkv;
  answer.report.inspection.streams = {{.index = 2,
                                       .type = "subtitle",
                                       .codec = "ass",
                                       .action = media::StreamPlan::Action::convert,
                                       .target_codec = "mov_text",
                                       .reason = "ass to mov_text",
                                       .language = "deu",
                                       .title = "A \"title\"\n"}};
  answer.report.outputs = {
      {.index = 0, .type = "video", .codec = "hevc", .packets = 240, .start = -0.5, .end = 10, .source_end = 9.96}};
  answer.report.frames = 240;
  answer.report.bytes_out = std::numeric_limits<std::uint64_t>::max();
  answer.report.warnings = {{.code = "damaged_frames", .message = "frames were damaged", .count = 4}};
  auto text = to_text(answer);
  auto back = from_text<EncodeAnswer>(text);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(to_text(*back), text);
  EXPECT_EQ(back->report.inspection.streams[0].title, "A \"title\"\n");
  EXPECT_EQ(back->report.bytes_out, std::numeric_limits<std::uint64_t>::max());
}

TEST(EncodeJson, WhatJsonCannotSayIsReplacedNotThrown) {
  InspectArgument argument{.name = "caf\xe9.avi", .options = {}};
  argument.options.start = std::numeric_limits<double>::infinity();
  auto back = from_text<InspectArgument>(to_text(argument));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->name, "caf\xef\xbf\xbd.avi");
  EXPECT_EQ(back->options.start, 0);
}

struct Refusal {
  const char* text;
  const char* message;
};
class EncodeJsonRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(EncodeJsonRefusal, NamesTheField) {
  auto argument = from_text<EncodeArgument>(GetParam().text);
  ASSERT_FALSE(argument);
  EXPECT_EQ(argument.error().stage, "request");
  EXPECT_THAT(argument.error().message, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, EncodeJsonRefusal,
    ::testing::Values(Refusal{"", "not JSON"}, Refusal{"{\"name\":", "not JSON"}, Refusal{"[]", "must be an object"},
                      Refusal{"null", "must be an object"}, Refusal{R"({"nmae": "a"})", "nmae: unknown field"},
                      Refusal{R"({"name": 5})", "name: must be text"},
                      Refusal{R"({"options": {"crf": "28"}})", "options.crf: must be a number"},
                      Refusal{R"({"options": {"crv": 28}})", "options.crv: unknown field"},
                      Refusal{R"({"options": {"two_pass": 1}})", "options.two_pass: must be true or false"},
                      Refusal{R"({"options": {"threads": -1}})", "options.threads: out of range"},
                      Refusal{R"({"options": {"threads": 1.5}})", "options.threads: must be a whole number"},
                      Refusal{R"({"options": {"program": 3000000000}})", "options.program: out of range"},
                      Refusal{R"({"options": {"container": "avi"}})",
                              "options.container: must be one of auto, mp4, mkv, mov"},
                      Refusal{R"({"options": {"container": 1}})", "options.container: must be one of"}));

TEST(EncodeJson, AListNamesTheItem) {
  auto report = from_text<EncodeAnswer>(R"({"report": {"outputs": [{"index": 0}, {"index": "1"}]}})");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("report.outputs[1].index: must be a whole number"));
}

}  // namespace
}  // namespace hevcpool::tasks
