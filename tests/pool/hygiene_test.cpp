// SPDX-License-Identifier: GPL-2.0-or-later
// What a worker has, and has not, from its parents.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <string>

namespace hevcpool::pool {
namespace {

using namespace testing_support;

std::string target(int pid, int fd) {
  char path[4096];
  const auto link = "/proc/" + std::to_string(pid) + "/fd/" + std::to_string(fd);
  const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
  return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : "";
}

std::string status_line(int pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return line.substr(line.find_last_of("\t ") + 1);
  return "";
}

class HygieneTest : public testing::Test {
 protected:
  Census census;
};

TEST_F(HygieneTest, WorkersHaveOnlyTheirOwnDescriptors) {
  const UniqueFd foreign(::open("/dev/zero", O_RDONLY));  // without O_CLOEXEC
  auto other = start_pool(2);
  auto pool = start_pool(2);
  EXPECT_EQ(pool->submit("fds", "null").result().body, "5");  // standard three, channel, peak-memory switch
  const int pid = std::stoi(pool->submit("pid", "null").result().body);  // one that has begun its work
  EXPECT_EQ(target(pid, 0), "/dev/null");
  EXPECT_TRUE(target(pid, 1).starts_with("/memfd:hevcpool-log"));
  EXPECT_TRUE(target(pid, 2).starts_with("/memfd:hevcpool-log"));
  EXPECT_TRUE(target(pid, 3).starts_with("socket:"));
}

TEST_F(HygieneTest, TheNumberOfDescriptorsStaysTheSame) {
  auto pool = start_pool(1);
  const UniqueFd file(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  for (int i = 0; i < 50; ++i) {
    Submission wanted = submission("read");
    wanted.descriptors = {file.get(), file.get()};
    pool->submit(std::move(wanted)).result();
    pool->submit("big", "200000").result();
  }
  EXPECT_EQ(pool->submit("fds", "null").result().body, "5");
  const std::size_t before = open_descriptors();
  for (int i = 0; i < 50; ++i) pool->submit("echo", std::string(100'000, 'x')).result();
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(HygieneTest, EveryProcessHasItsOwnGroup) {
  auto pool = start_pool(2);
  EXPECT_EQ(::getpgid(pool->supervisor_pid()), pool->supervisor_pid());
  for (int pid : pool->worker_pids()) EXPECT_EQ(::getpgid(pid), pid);
}

TEST_F(HygieneTest, SignalsAreReset) {
  struct sigaction before{}, ours{};
  ours.sa_handler = SIG_IGN;
  ::sigaction(SIGUSR1, &ours, &before);
  sigset_t blocked, mask;
  ::sigemptyset(&blocked);
  ::sigaddset(&blocked, SIGUSR2);
  ::sigprocmask(SIG_BLOCK, &blocked, &mask);
  auto pool = start_pool(1);
  ::sigprocmask(SIG_SETMASK, &mask, nullptr);
  ::sigaction(SIGUSR1, &before, nullptr);
  pool->submit("echo", "1").result();
  const int pid = pool->worker_pids()[0];
  EXPECT_EQ(status_line(pid, "SigBlk"), "0000000000000000");
  constexpr auto kOurs = 1ull << (SIGPIPE - 1) | 1ull << (SIGXFSZ - 1);  // write errors instead
  EXPECT_EQ(std::stoull(status_line(pid, "SigIgn"), nullptr, 16) & ~kOurs, 0u);
}

TEST_F(HygieneTest, WhatTheProgramBufferedIsNotPrintedTwice) {
  std::fputs(" ", stdout);  // stays in the buffer of a pipe or file
  TaskTable more{{"flush", [](TaskContext&) -> TaskResult {
                    std::fflush(stdout);
                    struct stat status{};
                    ::fstat(STDOUT_FILENO, &status);
                    return std::to_string(status.st_size);
                  }}};
  auto pool = start_pool(1, {}, more);
  EXPECT_EQ(pool->submit("flush", "null").result().body, "0");
}

TEST_F(HygieneTest, ANoisyTaskDoesNotFillTheMemory) {
  TaskTable more{{"noise", [](TaskContext& context) -> TaskResult {
                    const std::string line(1023, 'n');
                    while (!context.cancelled()) std::fprintf(stderr, "%s\n", line.c_str()), ::usleep(50);
                    return std::string("null");
                  }}};
  auto pool = start_pool(1, {}, more);
  const Job job = pool->submit("noise", "null");
  const std::string log = "/proc/" + std::to_string(pool->worker_pids()[0]) + "/fd/2";
  EXPECT_FALSE(job.result(Seconds(2.5)));
  struct stat status{};
  ASSERT_EQ(::stat(log.c_str(), &status), 0);
  EXPECT_LT(status.st_size, 60 << 20);
  job.cancel();
  job.result();
}

TEST_F(HygieneTest, SupervisorStaysSmallWithManyWorkers) {
  auto pool = start_pool(64);
  EXPECT_TRUE(eventually([&] {
    int up = 0;
    for (int pid : pool->worker_pids()) up += pid > 0 && process_state(pid) == 'S';
    return up == 64;
  }));
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
#ifndef HEVCPOOL_SANITIZER
  EXPECT_LT(private_kib(pool->supervisor_pid()), 1024);
#endif
}

}  // namespace
}  // namespace hevcpool::pool
