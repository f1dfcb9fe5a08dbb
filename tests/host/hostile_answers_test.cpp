// SPDX-License-Identifier: GPL-2.0-or-later
// Answers of a worker that was taken over: what the host makes of them is an error, never a file in a strange place,
// never its own end.
#include "host/untrusted_reply.h"
#include "host/segmented_source.h"
#include "host/single_step_job.h"
#include "host/output_plan.h"
#include "plan/schedule/cost.h"

#include "folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <climits>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

namespace hevcpool::host {
namespace {

using nlohmann::json;

TEST(HostileAnswerTest, AnExtensionIsNoPath) {
  for (const char* extension : {"/../../etc/passwd", "../x", "a/b", "", ".", "mka\n", "toolongforone", "\x01"})
    EXPECT_FALSE(check_answer({{"tracks", {{{"track", 0}, {"extension", extension}}}}})) << extension;
  for (const char* extension : {"mka", "m4a", "flac", "ac3", "opus"})
    EXPECT_TRUE(check_answer({{"tracks", {{{"track", 0}, {"extension", extension}}}}})) << extension;
}

TEST(HostileAnswerTest, WrongTypesAreRefused) {
  for (const char* answer :
       {"null", "[]", "1", "\"x\"", R"({"frames":"many"})", R"({"bytes_out":[]})", R"({"frames":1.5})",
        R"({"tracks":{}})", R"({"tracks":[1]})", R"({"tracks":[{"track":"x"}]})", R"({"tracks":[{"track":-1}]})",
        R"({"tracks":[{"extension":7}]})"})
    EXPECT_FALSE(check_answer(json::parse(answer))) << answer;
  EXPECT_TRUE(check_answer(json::parse(R"({"frames":3,"bytes_out":10,"warnings":[],"tracks":[{"track":1}]})")));
}

TEST(HostileAnswerTest, AJobWithSuchAnAnswerFailsAndMakesNothing) {
  const Folder folder;
  const std::string source = folder.write("a.mkv", "source");
  for (const char* body : {"{", "[]", R"({"tracks":[{"track":0,"extension":"/../../escaped"}]})",
                           R"({"tracks":"x","frames":{}})", "\xff\xfe"}) {
    SingleStepJob job(AudioExtract{.input = source}, 0644);
    auto opened = job.open();
    ASSERT_TRUE(std::holds_alternative<std::vector<int>>(opened));
    for (const int fd : std::get<std::vector<int>>(opened)) ::close(fd);
    JobResult answer;
    answer.body = body;
    const JobResult result = job.finish(answer);
    ASSERT_FALSE(result.ok()) << body;
    EXPECT_EQ(result.error->code, "bad_answer") << body;
  }
  EXPECT_EQ(folder.files(), std::set<std::string>{"a.mkv"});
}

// Documents of several files are lines: one file must not be able to write those of another.
TEST(HostileAnswerTest, AProbesDocumentStaysWithinItsOwnLine) {
  const Folder folder;
  const Probe probe{.input = folder.write("a.mkv", "source")};
  for (const char* body : {"", "{", "{}{}", R"({},"output":"forged","x":{})",
                           "{}}\n{\"filename\":\"other\"", "{\"a\":\"\n\"}"}) {
    JobResult answer;
    answer.body = body;
    const JobResult result = SingleStepJob(probe, 0644).finish(answer);
    ASSERT_FALSE(result.ok()) << body;
    EXPECT_EQ(result.error->code, "bad_answer") << body;
    EXPECT_FALSE(json::parse(result.body, nullptr, false).is_discarded()) << result.body;
  }
  JobResult lines;
  lines.body = "{\"a\":\n{\"filename\":\"other\"}\r\n}";
  const JobResult result = SingleStepJob(probe, 0644).finish(lines);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.body.find_first_of("\r\n"), std::string::npos);
  EXPECT_EQ(json::parse(result.body)["result"]["a"]["filename"], "other");
}

// 256 MiB may come, and become thirty times as much once every "{}" is an object.
TEST(HostileAnswerTest, AnAnswerThatWouldFillTheMemoryIsNotTakenApart) {
  const Folder folder;
  JobResult answer;
  answer.body = "{\"warnings\":[{}";
  while (answer.body.size() < 3 * kMostValues) answer.body += ",{},{},{},{},{},{},{},{}";
  answer.body += "]}";
  const JobResult result = SingleStepJob(Frames{.input = folder.write("a.mkv", "source")}, 0644).finish(answer);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error->code, "bad_answer");
  EXPECT_TRUE(check_size(R"({"keys":[{"pts":0},{"pts":1}]})"));
}

media::KeyFrameIndex honest() {
  media::KeyFrameIndex index;
  index.time_base = {1, 1000};
  index.end = 4000;
  index.frames = 100;
  index.keys = {{.pts = 0, .frames = 50}, {.pts = 2000, .frames = 50, .cut = true}};
  return index;
}

TEST(HostileAnswerTest, AnIndexIsBelievedOnlyAsFarAsItCanBeTrue) {
  constexpr std::uint64_t kBytes = 10'000;
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  EXPECT_TRUE(plausible(honest(), kBytes));
  EXPECT_FALSE(plausible(honest(), 99)) << "more frames than bytes";
  const std::vector<std::function<void(media::KeyFrameIndex&)>> lies = {
      [](auto& i) { i.time_base = {0, 1}; },       [](auto& i) { i.time_base = {1, -1}; },
      [](auto& i) { i.begin = i.end; },            [](auto& i) { i.begin = -kHuge; },
      [](auto& i) { i.end = kHuge; },              [](auto& i) { i.frames = -1; },
      [](auto& i) { i.frames = kHuge; },           [](auto& i) { i.keys[1].frames = kHuge; },
      [](auto& i) { i.keys[0].frames = -5; },      [](auto& i) { i.keys[1].frames = 51; },
      [](auto& i) { i.keys[1].pts = 0; },          [](auto& i) { i.keys[0].pts = -kHuge; },
      [](auto& i) { i.key_interval = 0; },         [](auto& i) { i.key_interval = -250; }};
  for (std::size_t n = 0; n < lies.size(); ++n) {
    auto index = honest();
    lies[n](index);
    EXPECT_FALSE(plausible(index, kBytes)) << "lie " << n;
  }
}

TEST(HostileAnswerTest, AHoleInTimeDoesNotHoldThePlanUp) {
  plan::CutMap map;
  for (const double at : {0.0, 1.0, 1e15, 1e15 + 10}) map.points.push_back({at, plan::CutKind::key});
  EXPECT_EQ(plan::fixed_cuts(map, 1).size(), 2u);
}

TEST(HostileAnswerTest, ACostIsAlwaysANumber) {
  EXPECT_TRUE(std::isfinite(plan::encode_cost({.width = INT_MAX, .height = INT_MAX, .frames = 1e308, .bytes = 1e308, .codec = "h264", .preset = "placebo"})));
  EXPECT_TRUE(std::isfinite(plan::encode_cost({.width = -1, .height = INT_MIN, .frames = -1e308, .bytes = 1e308, .preset = "placebo"})));
}

}  // namespace
}  // namespace hevcpool::host
