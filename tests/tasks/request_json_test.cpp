// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/request_json.h"

#include "tasks/small_task.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hevcpool::tasks {
namespace {

using nlohmann::json;

FieldError problem_of(const std::string& text) {
  auto request = request_from_json(json::parse(text));
  if (const auto* wrong = std::get_if<FieldError>(&request)) return *wrong;
  return check_request(std::get<AnyTask>(request)).value_or(FieldError{"none", "none"});
}

TEST(RequestJsonTest, EveryTaskComesBackAsItWas) {
  Clip clip{.input = "a.mp4", .start = 3, .mode = ClipMode::exact};
  clip.options.crf = 20;
  const std::vector<AnyTask> requests{
      Encode{.input = "a.mp4", .retries = 3}, Probe{.input = "a", .frames = true},
      Thumbnail{.input = "a", .at = {"50%"}, .columns = 2}, clip,
      AudioExtract{.input = "a", .codec = "aac", .tracks = {1, 2}, .normalise = -23}, Image{.input = "a"}, Frames{.input = "a", .luma = true}};
  for (const AnyTask& request : requests) {
    const json text = request_json(request);
    const auto again = request_from_json(text);
    ASSERT_TRUE(std::holds_alternative<AnyTask>(again)) << std::get<FieldError>(again).field << text;
    EXPECT_EQ(request_json(std::get<AnyTask>(again)), text);
    EXPECT_EQ(check_request(std::get<AnyTask>(again)).has_value() ? text.dump() : "", "");
  }
}

TEST(RequestJsonTest, BytesOfAPathMustBePercentEncoded) {
  EXPECT_EQ(problem_of(R"({"task": "probe", "input_bytes": "a%FF"})").field, "none");
  for (const char* wrong : {R"("%F")", R"("a%00b")", "3"})
    EXPECT_EQ(problem_of(fmt::format(R"({{"task": "clip", "input": "a", "input_bytes": {}}})", wrong)).field,
              "input_bytes") << wrong;
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "outputs_bytes": ["%"]})").field, "outputs_bytes");
  EXPECT_EQ(problem_of(R"({"task": "probe", "input": "a", "frames_bytes": "b"})").field, "frames_bytes");
}

TEST(RequestJsonTest, ErrorsMayBeAShareOrAny) {
  const auto options = [](const std::string& value) {
    const auto request = request_from_json(json::parse(R"({"task": "encode", "input": "a", "max_errors": )" + value + "}"));
    return std::get<Encode>(std::get<AnyTask>(request)).options;
  };
  EXPECT_EQ(options("\"2.5%\"").max_damage, 2.5);
  EXPECT_EQ(options("\"2.5%\"").max_errors, -1);
  EXPECT_EQ(options("\"any\"").max_errors, -2);
  EXPECT_EQ(options("3").max_errors, 3);
  EXPECT_FALSE(options("3").max_damage);
  for (const char* wrong : {R"("some")", R"("5")", R"("%")", R"("101%")"})
    EXPECT_NE(problem_of(fmt::format(R"({{"task": "encode", "input": "a", "max_errors": {}}})", wrong)).field, "none") << wrong;
  EXPECT_EQ(problem_of(R"({"task": "encode", "input": "a", "replace_max_damage": 101})").field, "replace_max_damage");
}

TEST(RequestJsonTest, ErrorsNameTheField) {
  EXPECT_EQ(problem_of(R"({"input": "a"})").field, "task");
  EXPECT_EQ(problem_of(R"({"task": "fly", "input": "a"})").field, "task");
  EXPECT_EQ(problem_of(R"({"task": "probe"})").field, "input");
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "width": "big"})").field, "width");
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "at": ["soon"]})").field, "at");
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "colour": 1})").field, "colour");
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "quality": 101})").field, "quality");
  EXPECT_EQ(problem_of(R"({"task": "audio", "input": "a", "normalise": -23})").field, "normalise");
  EXPECT_EQ(problem_of(R"({"task": "frames", "input": "a", "ssim": true})").field, "reference");
  EXPECT_EQ(problem_of(R"({"task": "encode", "input": "a", "crf": "low"})").field, "crf");
  EXPECT_EQ(problem_of(R"({"task": "clip", "input": "a", "start": -1})").field, "start");
  EXPECT_EQ(problem_of(R"({"task": "image", "input": "a", "output": "x/b.bmp"})").field, "output");
  EXPECT_EQ(problem_of(R"({"task": "thumbnail", "input": "a", "at": ["1"], "outputs": ["a.gif"]})").field, "outputs");
}

TEST(RequestJsonTest, PicturesMayHaveAnyNameThatDoesNotMislead) {
  for (const char* output : {"b.jpg", "b.WEBP", "v1.2/b", ".hidden"}) {
    Image request{.input = "a", .output = output};
    EXPECT_FALSE(check_request(request)) << output;
  }
  EXPECT_FALSE(check_request(Image{.input = "a", .output = "b.raw", .picture = {.format = StillFormat::png}}));
}

TEST(RequestJsonTest, DefaultsOfAllTasksAreForThoseThatHaveTheField) {
  const json defaults{{"*", {{"overwrite", "always"}, {"crf", 20}}}};
  json probe{{"task", "probe"}, {"input", "a"}}, clip{{"task", "clip"}, {"input", "a"}};
  ASSERT_FALSE(apply_defaults(probe, defaults));
  EXPECT_EQ(probe.size(), 2u);
  ASSERT_FALSE(apply_defaults(clip, defaults));
  EXPECT_EQ(clip["crf"], 20);
  EXPECT_EQ(apply_defaults(clip, json{{"*", {{"owerwrite", "always"}}}})->field, "owerwrite");
}

TEST(RequestJsonTest, DefaultsFillWhatIsMissing) {
  json request{{"task", "thumbnail"}, {"input", "a"}, {"width", 100}};
  const json defaults{{"*", {{"overwrite", "always"}, {"width", 1}}}, {"thumbnail", {{"width", 2}, {"quality", 50}}}};
  ASSERT_FALSE(apply_defaults(request, defaults));
  EXPECT_EQ(request["width"], 100);
  EXPECT_EQ(request["quality"], 50);
  EXPECT_EQ(request["overwrite"], "always");
  EXPECT_EQ(apply_defaults(request, json{{"thumbnails", json::object()}})->field, "thumbnails");
}

TEST(RequestJsonTest, ArgumentOfAWorkerIsReadStrictly) {
  const SmallArgument argument{.name = "a.mp4", .request = Probe{.input = "x/a.mp4"}, .output_name = ""};
  const auto again = small_argument_from(small_argument_text(argument));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->name, "a.mp4");
  for (const char* wrong : {"", "null", "[]", "{}", R"({"request": 3})", R"({"request": {"task": "probe", "x": 1}})"})
    EXPECT_FALSE(small_argument_from(wrong)) << wrong;
}

}  // namespace
}  // namespace hevcpool::tasks
