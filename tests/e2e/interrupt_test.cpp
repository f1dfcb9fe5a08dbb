// SPDX-License-Identifier: GPL-2.0-or-later
// Signals: what was finished stays, what was not leaves no trace, nothing goes on running.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>

namespace hevcpool::e2e {
namespace {

using testing::HasSubstr;

// One quick clip and five that would take minutes.
std::vector<std::string> slow_batch(const Stage& stage, std::vector<std::string> more = {}) {
  std::vector<std::string> words = {"encode", "-j", "2", "--preset", "placebo", stage.in(), "-o", stage.out()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// Every file in the output folder was reported as done, and can be played.
void expect_only_finished(const Stage& stage, const std::vector<nlohmann::json>& all) {
  std::size_t finished = 0;
  for (const auto& event : all)
    if (event["event"] == "done" && event["status"] == "ok") {
      ++finished;
      EXPECT_THAT(decoded(event["output"]), testing::StartsWith("hevc,"));
    }
  EXPECT_EQ(Stage::files(stage.out()).size(), finished);
}

TEST(InterruptTest, ControlCStopsEverythingAndStillSums) {
  const Stage stage(6);
  const auto sources = stage.sources();
  Running program(slow_batch(stage, {"--json"}));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  program.send(SIGINT);
  const End end = program.wait();
  EXPECT_EQ(end.exit_code, 130);
  EXPECT_THAT(program.err(), HasSubstr("stopping"));
  const auto all = events(program.out());
  EXPECT_EQ(all.back()["event"], "summary");
  EXPECT_GE(all.back()["cancelled"], 4);
  EXPECT_EQ(all.back()["failed"], 0);
  EXPECT_EQ(all.back()["total"], 6);
  expect_only_finished(stage, all);
  EXPECT_EQ(stage.sources(), sources);
  EXPECT_EQ(orphans(), 0);
}

TEST(InterruptTest, TheSummaryIsALineForPeople) {
  const Stage stage(6);
  Running program(slow_batch(stage), Running::Screen::terminal);
  ASSERT_TRUE(program.wait_for("fps"));
  program.send(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 130);
  EXPECT_THAT(program.out(), HasSubstr("cancelled 6, total 6"));
  EXPECT_EQ(orphans(), 0);
}

TEST(InterruptTest, EverySignalHasItsExitCode) {
  for (const int signal : {SIGTERM, SIGHUP, SIGQUIT}) {
    const Stage stage(3);
    Running program(slow_batch(stage, {"--json"}));
    ASSERT_TRUE(program.wait_for("\"progress\""));
    program.send(signal);
    EXPECT_EQ(program.wait().exit_code, 128 + signal);
    EXPECT_THAT(program.out(), HasSubstr("\"summary\""));
    EXPECT_TRUE(Stage::files(stage.out()).empty());
    EXPECT_EQ(orphans(), 0);
  }
}

TEST(InterruptTest, ASecondInterruptDoesNotWait) {
  const Stage stage(3);
  Running program(slow_batch(stage, {"--json"}));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  for (const pid_t worker : program.workers()) ::kill(worker, SIGSTOP);  // they would not hear TERM
  program.send(SIGINT);
  ASSERT_TRUE(program.wait_for("stopping"));
  const auto before = std::chrono::steady_clock::now();
  program.send(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 130);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(4));
  EXPECT_EQ(orphans(), 0);
}

TEST(InterruptTest, AReaderThatLeavesDoesNotStopTheBatch) {
  const Stage stage(2);
  const std::string script = std::string(HEVCPOOL_PROGRAM) + " encode --json --preset ultrafast -j 2 '" + stage.in() +
                             "' -o '" + stage.out() + "' | true";
  EXPECT_EQ(std::system(script.c_str()), 0);
  EXPECT_EQ(orphans(), 0);
  EXPECT_THAT(Stage::files(stage.out()), testing::SizeIs(2));
}

}  // namespace
}  // namespace hevcpool::e2e
