// SPDX-License-Identifier: GPL-2.0-or-later
// kill -9 of the host, the supervisor, the workers, at any moment: nothing survives. This program adopts what its
// children leave, so whatever lives on is found.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;

// Runs `body` in a child of its own, which then does nothing until it is killed. Returns when `body` is through.
pid_t host_process(const std::function<void()>& body) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ready[0]);
    body();
    if (::write(ready[1], "x", 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  ::close(ready[1]);
  char byte;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]);
  return child;
}

void reap(pid_t pid) {
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
}

class SuddenDeathTest : public testing::Test {
 protected:
  Census census;
};

TEST_F(SuddenDeathTest, HostKilled) {
  const pid_t host = host_process([] {
    static auto pool = start_pool(4);
    for (const char* task : {"wait", "hang", "stop_self", "fork"}) pool->submit(task, "null");
    for (int i = 0; i < 20; ++i) pool->submit("hang", "null");
    eventually([] { return descendants().size() >= 6; });
  });
  EXPECT_GE(descendants().size(), 6u);
  ::kill(host, SIGKILL);
  reap(host);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, HostKilledWithoutAnyJob) {
  const pid_t host = host_process([] { static auto pool = start_pool(4); });
  ::kill(host, SIGKILL);
  reap(host);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, HostKilledWithSeveralPools) {
  const pid_t host = host_process([] {
    static auto first = start_pool(2), second = start_pool(2);
    first->submit("hang", "null");
    second->submit("hang", "null");
  });
  ::kill(host, SIGKILL);
  reap(host);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, HostExitsWithoutShutdown) {
  const pid_t host = ::fork();
  if (host == 0) {
    auto pool = start_pool(2);
    pool->submit("hang", "null");
    ::_exit(0);
  }
  reap(host);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, HostClosesItsEnd) {
  PoolOptions options;
  options.grace = Seconds(300);
  auto pool = start_pool(2, options);
  const Job job = running(*pool, "hang");
  for (int fd = 3; fd < 64; ++fd) {
    int type = 0;
    socklen_t size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET) ::shutdown(fd, SHUT_RDWR);
  }
  EXPECT_EQ(job.result(kPatience).value().error->kind, Failure::pool_lost);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, SupervisorKilled) {
  PoolOptions options;
  options.grace = Seconds(300);
  auto pool = start_pool(4, options);
  std::vector<Job> jobs{running(*pool, "wait")};
  for (const char* task : {"hang", "stop_self", "hang", "echo", "echo", "echo", "echo", "echo", "echo"})
    jobs.push_back(pool->submit(task, "null"));
  ::kill(pool->supervisor_pid(), SIGKILL);
  for (const Job& job : jobs) {
    const auto result = job.result(kPatience);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->error->kind, Failure::pool_lost);
  }
  EXPECT_TRUE(nobody_left());
  EXPECT_EQ(pool->submit("echo", "1").result().error->kind, Failure::pool_lost);
}

TEST_F(SuddenDeathTest, SupervisorKilledBeforeTheFirstJob) {
  auto pool = start_pool(2);
  ::kill(pool->supervisor_pid(), SIGKILL);
  EXPECT_EQ(pool->submit("echo", "1").result(kPatience).value().error->kind, Failure::pool_lost);
}

TEST_F(SuddenDeathTest, SupervisorTerminated) {
  PoolOptions options;
  options.grace = Seconds(0.2);
  auto pool = start_pool(2, options);
  const Job job = running(*pool, "hang");
  ::kill(pool->supervisor_pid(), SIGTERM);
  EXPECT_EQ(job.result(kPatience).value().error->kind, Failure::pool_lost);
  EXPECT_TRUE(nobody_left());
}

TEST_F(SuddenDeathTest, HostStoppedThenKilled) {
  const pid_t host = host_process([] {
    static auto pool = start_pool(2);
    for (int i = 0; i < 100; ++i) pool->submit("progress", "100000");
  });
  ::kill(host, SIGSTOP);
  ::kill(host, SIGKILL);
  reap(host);
  EXPECT_TRUE(nobody_left());
}

// A host that stops reading does not keep its workers from ending, nor its supervisor from noticing its death.
TEST_F(SuddenDeathTest, WorkersOfAStoppedHostStillEnd) {
  const pid_t host = host_process([] {
    static auto pool = start_pool(2);
    for (int i = 0; i < 100; ++i) {
      Submission wanted = submission("progress", "1000000");
      pool->submit(std::move(wanted));
    }
  });
  ::kill(host, SIGSTOP);
  std::vector<int> before = descendants();
  ::kill(host, SIGKILL);
  reap(host);
  EXPECT_GE(before.size(), 4u);
  EXPECT_TRUE(nobody_left());
}

enum class Victim { host, supervisor, worker };

// One run: a busy host is disturbed after a random time. Whatever dies, nothing is left at the end.
void disturb(Victim victim, unsigned seed) {
  const pid_t host = host_process([] {
    static auto pool = start_pool(2);
    static std::thread busy([] {
      for (int i = 0;; ++i) {
        Submission wanted = submission(i % 3 ? "echo" : "progress", "2000");
        wanted.retries = 1;
        pool->submit(std::move(wanted));
        if (i % 16 == 0) pool->submit("echo", std::string(100'000, 'x')).result();
      }
    });
  });
  std::this_thread::sleep_for(std::chrono::microseconds(std::mt19937(seed)() % 20'000));
  int pid = host;
  const std::vector<int> below = descendants();
  for (int candidate : below) {
    const bool child_of_host = ::getpgid(candidate) == candidate && candidate != host;
    if (victim != Victim::host && child_of_host) pid = candidate;
    if (victim == Victim::supervisor && child_of_host) break;
  }
  ::kill(pid, SIGKILL);
  if (pid != host) {
    std::this_thread::sleep_for(2ms);
    ::kill(host, SIGKILL);
  }
  reap(host);
  EXPECT_TRUE(nobody_left()) << "seed " << seed;
}

TEST_F(SuddenDeathTest, AtRandomMoments) {
  const int rounds = 60;
  for (unsigned i = 0; i < rounds; ++i) disturb(static_cast<Victim>(i % 3), i);
}

}  // namespace
}  // namespace hevcpool::pool
