// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/job_state.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

namespace hevcpool {
namespace {

JobResult result_of(std::string text) {
  JobResult result;
  result.body = std::move(text);
  return result;
}

TEST(JobStateTest, TheFirstResultWins) {
  JobState state(1);
  EXPECT_FALSE(state.done());
  EXPECT_TRUE(state.complete(result_of("first")));
  EXPECT_FALSE(state.complete(result_of("second")));
  EXPECT_EQ(state.wait().body, "first");
}

TEST(JobStateTest, WaitingEndsWithTheTimeout) {
  JobState state(1);
  EXPECT_FALSE(state.wait_for(Seconds(0.01)));
  state.complete(result_of("x"));
  EXPECT_EQ(state.wait_for(Seconds(0))->body, "x");
  EXPECT_EQ(state.wait_for(Seconds(1e300))->body, "x");
}

TEST(JobStateTest, CallbacksRunOnceBeforeOrAfter) {
  JobState state(1);
  int early = 0, late = 0;
  state.when_done([&](const JobResult& result) { early += result.body == "x"; });
  state.complete(result_of("x"));
  state.complete(result_of("y"));
  state.when_done([&](const JobResult& result) { late += result.body == "x"; });
  EXPECT_FALSE(state.when_done_later([&](const JobResult&) { late += 100; }));
  EXPECT_EQ(early, 1);
  EXPECT_EQ(late, 1);
}

TEST(JobStateTest, CallbacksMayUseTheJobAndMayThrow) {
  const auto state = std::make_shared<JobState>(1);
  bool second = false;
  state->when_done([&](const JobResult&) {
    EXPECT_TRUE(state->done());
    state->when_done([&](const JobResult&) { second = true; });
    throw std::runtime_error("ignored");
  });
  EXPECT_TRUE(state->complete(result_of("x")));
  EXPECT_TRUE(second);
}

TEST(JobStateTest, CancelAsksTheHookUntilTheJobIsDone) {
  int asked = 0;
  JobState state(1, [&] { return ++asked, true; });
  EXPECT_TRUE(state.cancel());
  state.complete(result_of("x"));
  EXPECT_FALSE(state.cancel());
  EXPECT_EQ(asked, 1);
  EXPECT_FALSE(JobState(2).cancel());
}

TEST(JobStateTest, TheHookMayCompleteTheJob) {
  JobState state(1);
  state.set_cancel([&] { return state.complete(result_of("cancelled")); });
  EXPECT_TRUE(state.cancel());
  EXPECT_EQ(state.wait().body, "cancelled");
}

TEST(JobStateTest, ManyThreadsWaitForOneResult) {
  JobState state(1);
  std::vector<std::thread> threads;
  std::atomic<int> seen{0};
  for (int i = 0; i < 8; ++i) threads.emplace_back([&] { seen += state.wait().body == "x"; });
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { state.when_done([&](const JobResult& result) { seen += result.body == "x"; }); });
  state.complete(result_of("x"));
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(seen, 16);
}

TEST(JobTest, AnEmptyHandleIsRefused) {
  const Job job;
  EXPECT_FALSE(job);
  EXPECT_TRUE(job.done());
  EXPECT_EQ(job.result().error->kind, Failure::refused);
  EXPECT_FALSE(job.cancel());
}

TEST(JobResultTest, ValueThrowsWhatWentWrong) {
  JobResult result = result_of("1");
  EXPECT_EQ(result.value(), "1");
  result.error = JobError{Failure::crash, "", "SIGSEGV", "died", ""};
  try {
    result.value();
    FAIL();
  } catch (const JobFailed& failed) {
    EXPECT_EQ(failed.error().code, "SIGSEGV");
    EXPECT_STREQ(failed.what(), "crash: died");
  }
}

}  // namespace
}  // namespace hevcpool
