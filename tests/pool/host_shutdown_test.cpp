// SPDX-License-Identifier: GPL-2.0-or-later
// The ways to end a pool from its program.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;
using Clock = std::chrono::steady_clock;

class HostShutdownTest : public testing::Test {
 protected:
  std::unique_ptr<Host> with_grace(double seconds, unsigned workers = 2) {
    PoolOptions options;
    options.grace = Seconds(seconds);
    return start_pool(workers, options);
  }
  Census census;
};

TEST_F(HostShutdownTest, DrainFinishesEverything) {
  auto pool = start_pool();
  std::vector<Job> jobs;
  for (int i = 0; i < 500; ++i) jobs.push_back(pool->submit("echo", "1"));
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_TRUE(descendants().empty());
  for (const Job& job : jobs) EXPECT_TRUE(job.done() && job.result().ok());
  EXPECT_EQ(pool->submit("echo", "1").result().error->kind, Failure::pool_lost);
  EXPECT_TRUE(pool->lost());
  pool->shutdown(Pool::Shutdown::cancel);  // twice is fine
}

TEST_F(HostShutdownTest, CancelStopsEverything) {
  auto pool = start_pool();
  std::vector<Job> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(pool->submit("wait", "null"));
  pool->shutdown(Pool::Shutdown::cancel);
  EXPECT_TRUE(descendants().empty());
  for (const Job& job : jobs) EXPECT_EQ(job.result(Seconds(0)).value().error->kind, Failure::cancelled);
}

TEST_F(HostShutdownTest, CancelKillsAfterTheGracePeriod) {
  auto pool = with_grace(0.2);
  const Job deaf = running(*pool, "hang"), stopped = pool->submit("stop_self", "null");
  const auto start = Clock::now();
  pool->shutdown(Pool::Shutdown::cancel);
  EXPECT_GE(Clock::now() - start, 150ms);
  EXPECT_TRUE(descendants().empty());
  EXPECT_EQ(deaf.result().error->kind, Failure::cancelled);
  EXPECT_EQ(stopped.result().error->kind, Failure::cancelled);
}

TEST_F(HostShutdownTest, ASecondInterruptKillsAtOnce) {
  auto pool = with_grace(300);
  const Job deaf = running(*pool, "hang");
  const auto start = Clock::now();
  std::thread first([&] { pool->shutdown(Pool::Shutdown::cancel); });
  EXPECT_FALSE(deaf.result(Seconds(0.1)));
  pool->kill();
  first.join();
  EXPECT_LT(Clock::now() - start, 60s);
  EXPECT_TRUE(descendants().empty());
  EXPECT_EQ(deaf.result().error->kind, Failure::cancelled);
}

TEST_F(HostShutdownTest, CancelCutsADrainShort) {
  auto pool = with_grace(0.2);
  const Job job = pool->submit("wait", "null");
  std::thread draining([&] { pool->shutdown(Pool::Shutdown::drain); });
  EXPECT_FALSE(job.result(Seconds(0.1)));
  pool->shutdown(Pool::Shutdown::cancel);
  draining.join();
  EXPECT_EQ(job.result().error->kind, Failure::cancelled);
}

TEST_F(HostShutdownTest, KillWithoutAnyJob) {
  auto pool = with_grace(300);
  pool->kill();
  pool.reset();
  EXPECT_TRUE(descendants().empty());
}

TEST_F(HostShutdownTest, AStoppedSupervisorDoesNotHoldUpTheEnd) {
  auto pool = with_grace(0.1);
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
  ::kill(pool->supervisor_pid(), SIGSTOP);
  pool->shutdown(Pool::Shutdown::cancel);  // returns
}

TEST_F(HostShutdownTest, CallbacksMayShutThePoolDown) {
  auto pool = start_pool();
  pool->submit("echo", "1").when_done([&](const JobResult&) { pool->shutdown(Pool::Shutdown::cancel); });
  EXPECT_TRUE(eventually([&] { return pool->lost(); }));
}

TEST_F(HostShutdownTest, ManyPoolsOneAfterTheOther) {
  for (int i = 0; i < 20; ++i) {
    auto pool = start_pool(3);
    EXPECT_TRUE(pool->submit("echo", "1").result().ok());
  }
}

}  // namespace
}  // namespace hevcpool::pool
