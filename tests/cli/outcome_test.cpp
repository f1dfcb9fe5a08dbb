// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/report/event_reporter.h"
#include "cli/report/job_lines.h"
#include "cli/report/outcome.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Encode encode(const std::string& input) {
  Encode made;
  made.input = input;
  return made;
}

JobResult succeeded(std::string body) {
  JobResult result;
  result.body = std::move(body);
  result.attempts = 1;
  return result;
}

JobResult failed(Failure kind, std::string stage, std::string message) {
  JobResult result;
  result.error = JobError{kind, std::move(stage), "code", std::move(message), "one\ntwo"};
  result.attempts = 2;
  return result;
}

TEST(OutcomeTest, ADoneJobIsOneLine) {
  const Outcome outcome = outcome_of(encode("a.mp4"), succeeded(R"({"status":"ok","output":"a.hevc.mp4",
      "frames":240,"seconds":3.1,"bytes_in":1000,"bytes_out":380})"), false);
  EXPECT_EQ(job_line(outcome), "done: a.mp4 → a.hevc.mp4 (240 frames, 3.1 s, 38 %)");
}

TEST(OutcomeTest, AFailedJobSaysStageAndReason) {
  const Outcome outcome = outcome_of(encode("x.mp4"), failed(Failure::task, "decode", "no frame"), false);
  EXPECT_EQ(outcome.status, Status::failed);
  EXPECT_EQ(job_line(outcome), "failed: x.mp4: decode: no frame (2 attempts)");
  EXPECT_EQ(log_lines(*outcome.error), "        | one\n        | two\n");
}

TEST(OutcomeTest, ASkippedJobSaysWhy) {
  const Outcome outcome = outcome_of(encode("x.mp4"), succeeded(R"({"status":"skipped","reason":"is HEVC"})"), false);
  EXPECT_EQ(job_line(outcome), "skipped: x.mp4: is HEVC");
}

TEST(OutcomeTest, WhatTheStoppedPoolLostWasCancelled) {
  EXPECT_EQ(outcome_of(encode("x"), failed(Failure::pool_lost, "", ""), true).status, Status::cancelled);
  EXPECT_EQ(outcome_of(encode("x"), failed(Failure::pool_lost, "", ""), false).status, Status::failed);
  EXPECT_EQ(outcome_of(encode("x"), failed(Failure::cancelled, "", ""), false).status, Status::cancelled);
  EXPECT_EQ(outcome_of(encode("x"), failed(Failure::crash, "", ""), true).status, Status::failed);
}

TEST(OutcomeTest, BodiesThatAreNotWhatTheyShouldBeDoNoHarm) {
  for (const char* body : {"", "[]", "{\"frames\":\"x\",\"output\":7,\"warnings\":{}}", "nonsense"})
    EXPECT_EQ(outcome_of(encode("x"), succeeded(body), false).frames, 0) << body;
}

TEST(OutcomeTest, WarningsAreTextsOrCounted) {
  const auto json = nlohmann::json::parse(R"(["a", {"code":"c","message":"b","count":3}, {"message":"d"}])");
  EXPECT_THAT(warning_texts(json), ElementsAre("a", "b (3 times)", "d"));
}

TEST(OutcomeTest, NamesInLinesAreSafe) {
  const Outcome outcome = outcome_of(encode("a\n\x1b[1m"), failed(Failure::task, "", "why\nnot"), false);
  EXPECT_EQ(job_line(outcome), "failed: a\\n\\x1b[1m: why\\nnot (2 attempts)");
}

TEST(OutcomeTest, DoneEventHasExactlyItsFields) {
  const auto event = done_event(outcome_of(encode("x"), failed(Failure::crash, "encode", "died"), false));
  std::vector<std::string> keys;
  for (const auto& [key, value] : event.items()) keys.push_back(key);
  EXPECT_THAT(keys, ElementsAre("event", "input", "output", "status", "reason", "reason_code", "frames", "seconds",
                                "bytes_in", "bytes_out", "attempts", "warnings", "error"));
  EXPECT_EQ(event["error"].dump(),
            R"({"kind":"crash","stage":"encode","code":"code","message":"died","log":"one\ntwo"})");
  JobError bare{.kind = Failure::timeout, .stage = "mux", .code = "timeout", .message = "late", .log = {}, .frame = 7};
  EXPECT_EQ(done_event(outcome_of(encode("x"), JobResult{.body = {}, .error = bare}, false))["error"].dump(),
            R"({"kind":"timeout","stage":"mux","code":"timeout","message":"late","frame":7})");
  EXPECT_TRUE(done_event(outcome_of(encode("x"), succeeded("{}"), false))["error"].is_null());
}

TEST(OutcomeTest, EventsGiveTheBytesOfNamesThatAreNoText) {
  const auto event = done_event(outcome_of(encode("caf\xe9 1.avi"), Error{"open", "ENOENT", "no", 0}));
  EXPECT_EQ(event["input_bytes"], "caf%E9%201.avi");
  EXPECT_FALSE(done_event(outcome_of(encode("Größe"), succeeded("{}"), false)).contains("input_bytes"));
  const auto done = done_event(outcome_of(encode("x"), succeeded(R"({"output":"?","output_bytes":"%E9"})"), false));
  EXPECT_EQ(done["output_bytes"], "%E9");
}

TEST(OutcomeTest, EventsAreTextWhateverTheName) {
  const auto line = json_line(done_event(outcome_of(encode("\xff\n"), succeeded("{}"), false)));
  EXPECT_THAT(line, HasSubstr("\uFFFD\\n"));
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

}  // namespace
}  // namespace hevcpool::cli
