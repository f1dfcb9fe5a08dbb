// SPDX-License-Identifier: GPL-2.0-or-later
// Order, back-pressure, limits of time, recycling, setup.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;
using testing::HasSubstr;

class HostLimitsTest : public testing::Test {
 protected:
  Census census;
};

std::string finishing_order(Host& pool, const std::vector<double>& costs) {
  std::mutex mutex;
  std::string order;
  const Job blocker = pool.submit("wait", "null");
  std::vector<Job> jobs;
  // One job is prefetched at once and keeps its place; the others are sorted while the blocker runs.
  jobs.push_back(pool.submit("echo", "0"));
  for (double cost : costs) {
    Submission wanted = submission("echo", std::to_string(static_cast<int>(cost)));
    wanted.cost = cost;
    jobs.push_back(pool.submit(std::move(wanted)));
  }
  for (const Job& job : jobs)
    job.when_done([&](const JobResult& result) {
      std::lock_guard lock(mutex);
      order += result.body;
    });
  blocker.cancel();
  pool.shutdown(Pool::Shutdown::drain);
  return order;
}

TEST_F(HostLimitsTest, FirstInFirstOut) {
  EXPECT_EQ(finishing_order(*start_pool(1), {1, 3, 2}), "0132");
}

TEST_F(HostLimitsTest, LongestFirst) {
  PoolOptions options;
  options.order = Order::longest_first;
  EXPECT_EQ(finishing_order(*start_pool(1, options), {1, 3, 2}), "0321");
}

TEST_F(HostLimitsTest, AFullQueueHoldsBackTheSubmitter) {
  PoolOptions options;
  options.queue_limit = 3;
  auto pool = start_pool(1, options);
  std::atomic<int> submitted{0};
  const Job blocker = pool->submit("wait", "null");
  std::thread submitter([&] {
    for (int i = 0; i < 20; ++i) {
      pool->submit("echo", "1");
      ++submitted;
    }
  });
  EXPECT_TRUE(eventually([&] { return submitted == 4; }));  // one prefetched, three waiting
  EXPECT_FALSE(eventually([&] { return submitted > 4; }, 50ms));
  blocker.cancel();
  submitter.join();
  EXPECT_EQ(submitted, 20);
}

TEST_F(HostLimitsTest, ShutdownReleasesASubmitterThatWaits) {
  PoolOptions options;
  options.queue_limit = 1;
  auto pool = start_pool(1, options);
  std::vector<Job> jobs{pool->submit("wait", "null"), pool->submit("echo", "1"), pool->submit("echo", "2")};
  std::thread submitter([&] { EXPECT_FALSE(pool->submit("echo", "3").result().ok()); });
  EXPECT_TRUE(eventually([&] { return pool->open_jobs() == 3; }));
  pool->shutdown(Pool::Shutdown::cancel);
  submitter.join();
}

TEST_F(HostLimitsTest, TimeoutEndsInTheKillSequence) {
  PoolOptions options;
  options.grace = Seconds(0.1);
  auto pool = start_pool(1, options);
  for (const char* task : {"wait", "hang", "stop_self"}) {
    Submission wanted = submission(task);
    wanted.timeout = Seconds(0.1);
    wanted.retries = 3;  // not for timeouts
    const auto result = pool->submit(std::move(wanted)).result(kPatience);
    ASSERT_TRUE(result) << task;
    EXPECT_EQ(result->error->kind, Failure::timeout) << task;
    EXPECT_EQ(result->error->code, "timeout");
    EXPECT_EQ(result->attempts, 1u);
    EXPECT_GE(result->usage.wall_seconds, 0.1);
  }
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
}

TEST_F(HostLimitsTest, StallMeansNoProgress) {
  auto pool = start_pool(2);
  Submission busy = submission("tick");
  busy.stall_timeout = Seconds(2);  // a hundred ticks
  const Job lively = running(*pool, std::move(busy));
  Submission silent = submission("wait");
  silent.stall_timeout = Seconds(2);
  EXPECT_EQ(pool->submit(std::move(silent)).result().error->code, "stall_timeout");
  EXPECT_FALSE(lively.done());
  lively.cancel();
  EXPECT_EQ(lively.result().error->kind, Failure::cancelled);
}

TEST_F(HostLimitsTest, AJobThatEndsInTimeIsNotTouched) {
  auto pool = start_pool(1);
  for (int i = 0; i < 20; ++i) {
    Submission wanted = submission("pid");
    wanted.timeout = Seconds(5);
    EXPECT_EQ(pool->submit(std::move(wanted)).result().body, std::to_string(pool->worker_pids()[0]));
  }
}

TEST_F(HostLimitsTest, WorkersAreRecycled) {
  PoolOptions options;
  options.jobs_per_worker = 5;
  auto pool = start_pool(1, options);
  std::set<std::string> pids;
  for (int i = 0; i < 20; ++i) pids.insert(pool->submit("pid", "null").result().body);
  EXPECT_EQ(pids.size(), 4u);
}

TEST_F(HostLimitsTest, AvoidsASlotWhereThereIsAnother) {
  auto pool = start_pool(2);
  for (int i = 0; i < 20; ++i) {
    Submission wanted = submission("echo");
    wanted.avoid_worker = i % 2;
    EXPECT_EQ(pool->submit(std::move(wanted)).result().worker, 1 - i % 2);
  }
  pool.reset();
  auto lonely = start_pool(1);
  Submission wanted = submission("echo");
  wanted.avoid_worker = 0;
  EXPECT_EQ(lonely->submit(std::move(wanted)).result().worker, 0);
}

TEST_F(HostLimitsTest, AnotherProcessTakesTheJobWhereOnlyTheAvoidedSlotIsIdle) {
  for (unsigned workers : {1U, 2U}) {
    auto pool = start_pool(workers);
    Job blocker;
    if (workers == 2) blocker = pool->submit("wait", "null");  // on slot 0
    const auto first = pool->submit("pid", "null").result();
    for (int i = 0; i < 3; ++i) {
      Submission wanted = submission("pid");
      wanted.avoid_worker = first.worker;
      wanted.renew_avoided = true;
      const auto second = pool->submit(std::move(wanted)).result();
      EXPECT_EQ(second.worker, first.worker);
      EXPECT_NE(second.body, first.body);
    }
    if (blocker) blocker.cancel();
  }
}

TEST_F(HostLimitsTest, RenewsNobodyWhereAnotherSlotIsIdle) {
  auto pool = start_pool(2);
  use_both_workers(*pool);
  const auto first = pool->submit("pid", "null").result();
  Submission wanted = submission("pid");
  wanted.avoid_worker = first.worker;
  wanted.renew_avoided = true;
  EXPECT_EQ(pool->submit(std::move(wanted)).result().worker, 1 - first.worker);
  EXPECT_EQ(std::to_string(pool->worker_pids()[static_cast<std::size_t>(first.worker)]), first.body);
}

TEST_F(HostLimitsTest, AnAvoidedIdleWorkerStillTakesOtherJobs) {
  auto pool = start_pool(2);
  Submission blocking = submission("wait");
  blocking.avoid_worker = 1;
  const Job blocker = pool->submit(std::move(blocking));  // on slot 0
  Submission picky = submission("echo", "1");
  picky.avoid_worker = 1;
  const Job waits = pool->submit(std::move(picky));
  EXPECT_EQ(pool->submit("echo", "2").result().worker, 1);
  EXPECT_FALSE(waits.done());
  blocker.cancel();
  EXPECT_EQ(waits.result().worker, 0);
}

TEST_F(HostLimitsTest, WorkerStartRunsOnceInEachWorker) {
  PoolOptions options;
  options.jobs_per_worker = 2;
  static int started = 0;  // each worker has its own
  options.worker_start = [] { ++started; };
  TaskTable more{{"started", [](TaskContext&) -> TaskResult { return std::to_string(started); }}};
  auto pool = start_pool(2, options, more);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(pool->submit("started", "null").result().body, "1");
  EXPECT_EQ(started, 0);
}

TEST_F(HostLimitsTest, SetupIsReported) {
  PoolOptions options;
  options.workers = 2;
  auto pool = Host::start(std::move(options), fake_tasks(), [](WorkerSetupContext& context) -> Expected<std::string> {
    return std::string(context.kept_descriptors().size() >= 4 ? "{\"active\":[]}" : "?");
  });
  ASSERT_TRUE(pool);
  EXPECT_EQ((*pool)->setup_report(), "{\"active\":[]}");
  EXPECT_TRUE((*pool)->submit("echo", "1").result().ok());
}

TEST_F(HostLimitsTest, ASetupThatAlwaysFailsEndsThePool) {
  PoolOptions options;
  options.workers = 4;
  const auto pool = Host::start(options, fake_tasks(), [](WorkerSetupContext&) -> Expected<std::string> {
    return fail("sandbox", "unavailable", "this kernel has no Landlock");
  });
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().message, "this kernel has no Landlock");
  options.worker_start = [] { throw std::runtime_error("model missing"); };
  const auto second = Host::start(options, fake_tasks());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("model missing"));
  options.worker_start = [] { std::raise(SIGKILL); };
  const auto third = Host::start(options, fake_tasks());
  ASSERT_FALSE(third);
  EXPECT_THAT(third.error().message, HasSubstr("SIGKILL"));
}

// The first workers come up; from a moment on none does any more. The pool must end, not fork for ever.
TEST_F(HostLimitsTest, ASetupThatBeginsToFailEndsThePool) {
  const std::string flag = testing::TempDir() + "hevcpool_setup_fails." + std::to_string(::getpid());
  PoolOptions options;
  options.worker_start = [flag] {
    if (::access(flag.c_str(), F_OK) == 0) throw std::runtime_error("no more");
  };
  auto pool = start_pool(1, options);
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
  ::close(::creat(flag.c_str(), 0600));
  const Job crash = pool->submit("exit", "3");
  const Job next = pool->submit("echo", "1");
  EXPECT_EQ(crash.result().error->code, "exit 3");
  const auto result = next.result(kPatience);
  ::unlink(flag.c_str());
  ASSERT_TRUE(result);
  EXPECT_EQ(result->error->kind, Failure::pool_lost);
  EXPECT_THAT(result->error->message, HasSubstr("no more"));
  EXPECT_EQ(pool->submit("echo", "1").result().error->kind, Failure::pool_lost);
}

}  // namespace
}  // namespace hevcpool::pool
