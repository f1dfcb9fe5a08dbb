// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks that fail, and workers that die.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <string>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class HostFailuresTest : public testing::Test {
 protected:
  Census census;
  std::unique_ptr<Host> pool = start_pool();
};

TEST_F(HostFailuresTest, AnErrorKeepsItsParts) {
  const JobResult result = pool->submit("error", "null").result();
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->kind, Failure::task);
  EXPECT_EQ(result.error->stage, "stage");
  EXPECT_EQ(result.error->code, "code");
  EXPECT_EQ(result.error->message, "message");
  EXPECT_EQ(result.error->log, "log line");
  EXPECT_EQ(result.body, "");
}

TEST_F(HostFailuresTest, AnExceptionIsAResult) {
  const JobResult thrown = pool->submit("throw", "null").result();
  EXPECT_EQ(thrown.error->kind, Failure::exception);
  EXPECT_EQ(thrown.error->message, "thrown on purpose");
  EXPECT_EQ(thrown.error->code, "std::runtime_error");
  EXPECT_EQ(pool->submit("throw_int", "null").result().error->code, "int");
}

TEST_F(HostFailuresTest, SignalsAreNamed) {
  for (const auto& [signal, name] : {std::pair{SIGSEGV, "SIGSEGV"}, {SIGKILL, "SIGKILL"}, {SIGABRT, "SIGABRT"},
                                     {SIGFPE, "SIGFPE"}, {SIGTERM, "SIGTERM"}, {SIGILL, "SIGILL"}}) {
    const JobResult result = pool->submit("signal", std::to_string(signal)).result();
    ASSERT_TRUE(result.error) << name;
    EXPECT_EQ(result.error->kind, Failure::crash);
    EXPECT_EQ(result.error->code, name);
  }
}

TEST_F(HostFailuresTest, ExitsAreNumbered) {
  EXPECT_EQ(pool->submit("exit", "3").result().error->code, "exit 3");
  EXPECT_EQ(pool->submit("exit", "0").result().error->code, "exit 0");
}

TEST_F(HostFailuresTest, TheLastWordsAreKept) {
  const JobResult result = pool->submit("log_and_crash", "the end is near").result();
  EXPECT_EQ(result.error->code, "SIGABRT");
  EXPECT_THAT(result.error->log, HasSubstr("the end is near"));
  EXPECT_THAT(pool->submit("log_and_crash", std::string(50'000, 'x')).result().error->log.size(), testing::Le(4096u));
  EXPECT_EQ(pool->submit("exit", "1").result().error->log, "");  // nothing of an earlier job
}

#ifndef HEVCPOOL_SANITIZER
TEST_F(HostFailuresTest, ACrashLeavesABacktrace) {
  TaskTable more{{"segfault", [](TaskContext&) -> TaskResult {
                    volatile int* nowhere = nullptr;
                    *nowhere = 1;
                    return std::string("null");
                  }},
                 {"overflow", [](TaskContext&) -> TaskResult {
                    std::function<int(int)> deeper = [&](int depth) {
                      volatile char frame[4096] = {};
                      return deeper(depth + 1) + frame[depth % 4096];
                    };
                    return std::to_string(deeper(0));
                  }}};
  pool = start_pool(1, {}, more);
  for (const char* task : {"segfault", "overflow"}) {
    const JobResult result = pool->submit(task, "null").result();
    EXPECT_EQ(result.error->code, "SIGSEGV") << task;
    EXPECT_THAT(result.error->log, HasSubstr("SIGSEGV, backtrace:")) << task;
  }
}
#endif

TEST_F(HostFailuresTest, ThePoolGoesOn) {
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(pool->submit("signal", std::to_string(SIGSEGV)).result().error->kind, Failure::crash);
    EXPECT_TRUE(pool->submit("echo", "1").result().ok());
  }
}

TEST_F(HostFailuresTest, OneCrashDisturbsNoOtherJob) {
  std::vector<Job> jobs;
  for (int i = 0; i < 100; ++i)
    jobs.push_back(i % 10 == 3 ? pool->submit("signal", "9") : pool->submit("echo", std::to_string(i)));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(jobs[static_cast<std::size_t>(i)].result().ok(), i % 10 != 3);
}

TEST_F(HostFailuresTest, RetriesRunOnFreshWorkersWithFreshDescriptors) {
  std::vector<unsigned> attempts;
  Submission wanted = submission("exit", "9");
  wanted.retries = 2;
  wanted.open_descriptors = [&](unsigned attempt) -> std::variant<std::vector<int>, TaskError> {
    attempts.push_back(attempt);
    return std::vector<int>{::memfd_create("attempt", MFD_CLOEXEC)};
  };
  const JobResult result = pool->submit(std::move(wanted)).result();
  EXPECT_EQ(result.error->kind, Failure::crash);
  EXPECT_EQ(result.attempts, 3u);
  EXPECT_EQ(attempts, (std::vector<unsigned>{1, 2, 3}));
}

TEST_F(HostFailuresTest, ARetryMaySucceed) {
  // Crashes while its file is empty; the first attempt leaves a byte in it.
  TaskTable more{{"second_time", [](TaskContext& context) -> TaskResult {
                    char byte = 0;
                    const int fd = context.descriptors()[0];
                    if (::pread(fd, &byte, 1, 0) == 1) return std::string("\"done\"");
                    if (::pwrite(fd, "x", 1, 0) == 1) ::raise(SIGKILL);
                    return std::string("null");
                  }}};
  pool = start_pool(1, {}, more);
  const UniqueFd file(::memfd_create("file", MFD_CLOEXEC));
  Submission wanted = submission("second_time");
  wanted.descriptors = {file.get()};
  wanted.retries = 1;
  const JobResult result = pool->submit(std::move(wanted)).result();
  EXPECT_EQ(result.body, "\"done\"");
  EXPECT_EQ(result.attempts, 2u);
}

TEST_F(HostFailuresTest, ErrorsAreNotRetried) {
  for (const char* task : {"error", "throw"}) {
    Submission wanted = submission(task);
    wanted.retries = 5;
    EXPECT_EQ(pool->submit(std::move(wanted)).result().attempts, 1u);
  }
}

TEST_F(HostFailuresTest, AWorkerKilledWhileIdleIsReplaced) {
  for (int round = 0; round < 5; ++round) {
    const std::vector<int> before = pool->worker_pids();
    for (int pid : before)
      if (pid > 0) ::kill(pid, SIGKILL);
    EXPECT_TRUE(eventually([&] {
      const auto now = pool->worker_pids();
      return now[0] > 0 && now[1] > 0 && now[0] != before[0] && now[1] != before[1];
    }));
    // A job may still have been given to a dying worker; its retry finds a living one.
    Submission wanted = submission("echo", "1");
    wanted.retries = 2;
    EXPECT_TRUE(pool->submit(std::move(wanted)).result().ok());
  }
}

TEST_F(HostFailuresTest, AnIdleWorkerThatIsTerminatedIsReplaced) {
  const int before = pool->worker_pids()[0];
  ::kill(before, SIGTERM);
  EXPECT_TRUE(eventually([&] { return pool->worker_pids()[0] > 0 && pool->worker_pids()[0] != before; }));
}

TEST_F(HostFailuresTest, CancelBeforeItRuns) {
  std::vector<Job> blockers{pool->submit("wait", "null"), pool->submit("wait", "null")};
  std::vector<Job> jobs;
  for (int i = 0; i < 10; ++i) jobs.push_back(pool->submit("signal", "9"));
  for (const Job& job : jobs) EXPECT_TRUE(job.cancel());
  for (const Job& job : jobs) {
    const JobResult result = job.result();
    EXPECT_EQ(result.error->kind, Failure::cancelled);
    EXPECT_EQ(result.attempts, 0u);
    EXPECT_FALSE(job.cancel());
  }
  for (const Job& job : blockers) EXPECT_FALSE(job.done());
}

TEST_F(HostFailuresTest, CancelWhileItRunsReplacesTheWorker) {
  const Job job = running(*pool, "wait");
  const std::vector<int> before = pool->worker_pids();
  EXPECT_TRUE(job.cancel());
  EXPECT_TRUE(job.cancel());
  const JobResult result = job.result();
  EXPECT_EQ(result.error->kind, Failure::cancelled);
  EXPECT_EQ(result.attempts, 1u);
  EXPECT_EQ(process_state(before[static_cast<std::size_t>(result.worker)]), '\0');  // it is gone when the result is here
}

TEST_F(HostFailuresTest, CancelKillsWhatIgnoresIt) {
  PoolOptions options;
  options.grace = Seconds(0.1);
  pool = start_pool(1, options);
  for (const char* task : {"hang", "stop_self"}) {
    const Job job = task == std::string("hang") ? running(*pool, task) : pool->submit(task, "null");
    EXPECT_TRUE(eventually([&] { return task == std::string("hang") || process_state(pool->worker_pids()[0]) == 'T'; }));
    job.cancel();
    EXPECT_EQ(job.result(kPatience).value().error->kind, Failure::cancelled) << task;
  }
}

TEST_F(HostFailuresTest, CancelledWorkIsNotRetried) {
  Submission wanted = submission("hang");
  wanted.retries = 5;
  const Job job = running(*pool, std::move(wanted));
  pool->kill();
  EXPECT_EQ(job.result().error->kind, Failure::cancelled);
}

TEST_F(HostFailuresTest, CancelAllLeavesThePoolUsable) {
  std::vector<Job> jobs;
  for (int i = 0; i < 20; ++i) jobs.push_back(pool->submit("wait", "null"));
  pool->cancel_all();
  for (const Job& job : jobs) EXPECT_EQ(job.result().error->kind, Failure::cancelled);
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
}

// Cancels at random moments of a storm of short jobs: every job ends, as cancelled if cancel() said so.
TEST_F(HostFailuresTest, CancelRacesWithCompletion) {
  for (int i = 0; i < 300; ++i) {
    const Job job = pool->submit("echo", "1");
    for (int spin = 0; spin < i * 20; ++spin) asm volatile("");
    const bool promised = job.cancel();
    const auto result = job.result(kPatience);
    ASSERT_TRUE(result);
    EXPECT_EQ(promised, result->error && result->error->kind == Failure::cancelled);
  }
}

TEST_F(HostFailuresTest, ProcessesThatEscapeTheirGroupDieWithTheirWorker) {
  const int escaped = std::stoi(pool->submit("fork", "null").result().body);
  EXPECT_NE(process_state(escaped), '\0');
  for (int pid : pool->worker_pids()) ::kill(pid, SIGKILL);
  EXPECT_TRUE(eventually([&] { return process_state(escaped) == '\0'; }));
}

}  // namespace
}  // namespace hevcpool::pool
