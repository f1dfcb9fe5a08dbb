// SPDX-License-Identifier: GPL-2.0-or-later
// What a pool does when all goes well.
#include "pool/host.h"

#include "ipc/message.h"
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;
using testing::HasSubstr;

int file_with(std::string_view text) {
  const int fd = ::memfd_create("test", MFD_CLOEXEC);
  EXPECT_EQ(::write(fd, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  return fd;
}

class HostTest : public testing::Test {
 protected:
  Census census;  // declared first: checks after everything else is gone
  std::unique_ptr<Host> pool = start_pool();
};

TEST_F(HostTest, RunsATask) {
  const JobResult result = pool->submit("echo", "{\"a\":[1,2]}").result();
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.body, "{\"a\":[1,2]}");
  EXPECT_EQ(result.attempts, 1u);
  EXPECT_GE(result.worker, 0);
  EXPECT_GT(result.usage.peak_rss_bytes, 0u);
  EXPECT_GT(result.usage.wall_seconds, 0);
}

TEST_F(HostTest, UsesEveryWorker) {
  const std::vector<Job> jobs{running(*pool, "tick"), running(*pool, "tick")};
  std::set<int> workers;
  for (const Job& job : jobs) {
    job.cancel();
    workers.insert(job.result().worker);
  }
  EXPECT_EQ(workers, (std::set<int>{0, 1}));
}

TEST_F(HostTest, BodiesOfEverySizeArriveWhole) {
  for (std::size_t size : {std::size_t{2}, ipc::kMaxInlineBody - 1, ipc::kMaxInlineBody, ipc::kMaxInlineBody + 1,
                           std::size_t{5'000'000}}) {
    const std::string text(size, 'q');
    const JobResult result = pool->submit("echo", text).result();
    EXPECT_TRUE(result.ok()) << size;
    EXPECT_TRUE(result.body == text) << size;
  }
}

TEST_F(HostTest, AnArgumentOverTheLimitIsRefused) {
  const JobResult result = pool->submit("echo", std::string(ipc::kMaxBody + 1, 'x')).result();
  EXPECT_EQ(result.error->kind, Failure::refused);
}

TEST_F(HostTest, AnUnknownTaskIsRefused) {
  const JobResult result = pool->submit("no_such", "null").result();
  EXPECT_EQ(result.error->kind, Failure::refused);
  EXPECT_THAT(result.error->message, HasSubstr("no_such"));
  EXPECT_EQ(result.attempts, 0u);
}

TEST_F(HostTest, DescriptorsArriveInOrder) {
  Submission wanted = submission("read");
  const UniqueFd a(file_with("first")), b(file_with("second"));
  wanted.descriptors = {a.get(), b.get()};
  EXPECT_EQ(pool->submit(std::move(wanted)).result().body, "first;second;");
}

TEST_F(HostTest, DescriptorsMayBeClosedAfterSubmit) {
  std::vector<Job> jobs;
  for (int i = 0; i < 20; ++i) {
    Submission wanted = submission("read");
    const UniqueFd file(file_with(std::to_string(i)));
    wanted.descriptors = {file.get()};
    jobs.push_back(pool->submit(std::move(wanted)));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(jobs[static_cast<std::size_t>(i)].result().body, std::to_string(i) + ";");
}

TEST_F(HostTest, ManyDescriptorsAndALargeArgumentTogether) {
  Submission wanted = submission("read", std::string(ipc::kMaxInlineBody + 1, ' '));
  const UniqueFd file(file_with("x"));
  wanted.descriptors.assign(ipc::kMaxDescriptors, file.get());
  const JobResult result = pool->submit(std::move(wanted)).result();
  EXPECT_EQ(result.body.size(), 2 * ipc::kMaxDescriptors);
  wanted = submission("read");
  wanted.descriptors.assign(ipc::kMaxDescriptors + 1, file.get());
  EXPECT_EQ(pool->submit(std::move(wanted)).result().error->kind, Failure::refused);
}

TEST_F(HostTest, ABadDescriptorIsRefused) {
  Submission wanted = submission("read");
  wanted.descriptors = {9999};
  EXPECT_EQ(pool->submit(std::move(wanted)).result().error->code, "EBADF");
}

TEST_F(HostTest, DescriptorsAreOpenedLate) {
  std::atomic<int> opened{0};
  std::vector<Job> jobs;
  for (int i = 0; i < 2; ++i) jobs.push_back(pool->submit("wait", "null"));
  for (int i = 0; i < 10; ++i) {
    Submission wanted = submission("read");
    wanted.open_descriptors = [&opened](unsigned attempt) -> std::variant<std::vector<int>, TaskError> {
      EXPECT_EQ(attempt, 1u);
      return std::vector<int>{file_with(std::to_string(++opened))};
    };
    jobs.push_back(pool->submit(std::move(wanted)));
  }
  EXPECT_TRUE(eventually([&] { return opened == 2; }));  // one prefetched for each worker
  EXPECT_FALSE(jobs[2].result(Seconds(0.05)));
  EXPECT_EQ(opened, 2);
  jobs[0].cancel();
  jobs[1].cancel();
  for (std::size_t i = 2; i < jobs.size(); ++i) EXPECT_EQ(jobs[i].result().body, std::to_string(i - 1) + ";");
}

TEST_F(HostTest, DescriptorsThatCannotBeOpenedFailTheJob) {
  Submission wanted = submission("read");
  wanted.open_descriptors = [](unsigned) -> std::variant<std::vector<int>, TaskError> {
    return TaskError{"open", "ENOENT", "no such file", ""};
  };
  JobResult result = pool->submit(std::move(wanted)).result();
  EXPECT_EQ(result.error->code, "ENOENT");
  EXPECT_EQ(result.error->stage, "open");
  EXPECT_EQ(result.attempts, 0u);
  wanted = submission("read");
  wanted.open_descriptors = [](unsigned) -> std::variant<std::vector<int>, TaskError> { throw std::runtime_error("no"); };
  EXPECT_EQ(pool->submit(std::move(wanted)).result().error->kind, Failure::exception);
}

TEST_F(HostTest, ProgressArrivesAndTheLastIsNeverLost) {
  std::vector<int> seen;
  Submission wanted = submission("progress", "100000");
  wanted.on_progress = [&](std::string_view json) { seen.push_back(std::stoi(std::string(json))); };
  EXPECT_TRUE(pool->submit(std::move(wanted)).result().ok());
  pool->shutdown(Pool::Shutdown::drain);
  ASSERT_FALSE(seen.empty());
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  EXPECT_EQ(seen.back(), 100000);
  EXPECT_LT(seen.size(), 10000u);
}

TEST_F(HostTest, ManyShortJobsMayEachReportProgress) {
  std::atomic<int> heard{0};
  std::vector<Job> jobs;
  for (int i = 0; i < 10'000; ++i) {
    Submission wanted = submission("progress", "3");
    wanted.on_progress = [&](std::string_view) { ++heard; };
    jobs.push_back(pool->submit(std::move(wanted)));
  }
  for (const Job& job : jobs) ASSERT_TRUE(job.result().ok());
  EXPECT_GE(heard, 10'000);
}

// The pool's thread hangs in a callback; meanwhile workers take what is prefetched, end, and are replaced.
TEST_F(HostTest, ABlockedListenerDoesNotHoldUpAWorkersEnd) {
  PoolOptions options;
  options.jobs_per_worker = 1;
  pool = start_pool(1, options);
  std::atomic<bool> blocked{false}, release{false};
  const int before = pool->worker_pids()[0];
  Submission wanted = submission("progress", "1");
  wanted.on_progress = [&](std::string_view) {
    blocked = true;
    EXPECT_TRUE(eventually([&] { return release.load(); }));
  };
  const Job first = pool->submit(std::move(wanted)), second = pool->submit("pid", "null");
  EXPECT_TRUE(eventually([&] { return blocked.load(); }));
  EXPECT_TRUE(eventually([&] { return process_state(before) == '\0'; }));
  EXPECT_TRUE(eventually([&] { return pool->worker_pids()[0] > 0 && pool->worker_pids()[0] != before; }));
  EXPECT_FALSE(second.done());
  release = true;
  EXPECT_TRUE(first.result().ok());
  EXPECT_TRUE(second.result().ok());
}

TEST_F(HostTest, ASlowListenerHoldsUpNoWorker) {
  std::atomic<int> heard{0};
  std::vector<Job> jobs;
  for (int i = 0; i < 2; ++i) {
    Submission wanted = submission("progress", "2000000");
    wanted.on_progress = [&](std::string_view) {
      ++heard;
      std::this_thread::sleep_for(20ms);
    };
    jobs.push_back(pool->submit(std::move(wanted)));
  }
  for (const Job& job : jobs) EXPECT_TRUE(job.result(Seconds(100)));
  EXPECT_LT(heard, 2000);  // of four million: the newest replaced the older ones
}

TEST_F(HostTest, StartIsReportedBeforeProgress) {
  std::string story;
  Submission wanted = submission("progress", "1");
  wanted.on_start = [&](int worker) { story += worker >= 0 ? "start " : "?"; };
  wanted.on_progress = [&](std::string_view) { story += "progress "; };
  const Job job = pool->submit(std::move(wanted));
  job.when_done([&](const JobResult&) { story += "done"; });
  job.result();
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_EQ(story, "start progress done");
}

TEST_F(HostTest, CallbacksMaySubmitAndThrow) {
  std::atomic<int> rounds{0};
  std::function<void(const JobResult&)> again = [&](const JobResult&) {
    if (++rounds < 100) pool->submit("echo", "1").when_done(again);
    throw 1;
  };
  pool->submit("echo", "1").when_done(again);
  EXPECT_TRUE(eventually([&] { return rounds == 100; }));
}

TEST_F(HostTest, SubmittingFromManyThreads) {
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string text = std::to_string(t * 1000 + i);
        good += pool->submit("echo", text).result().body == text;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 1600);
}

TEST_F(HostTest, HandlesOutliveThePool) {
  const Job job = pool->submit("echo", "7");
  job.result();
  const Job open = pool->submit("wait", "null");
  pool.reset();
  EXPECT_EQ(job.result().body, "7");
  EXPECT_EQ(open.result().error->kind, Failure::cancelled);
  EXPECT_FALSE(open.cancel());
}

TEST_F(HostTest, WorkerPidsAreThoseOfTheWorkers) {
  const std::vector<int> pids = pool->worker_pids();
  ASSERT_EQ(pids.size(), 2u);
  EXPECT_THAT(pids, testing::Contains(std::stoi(pool->submit("pid", "null").result().body)));
  EXPECT_GT(pool->supervisor_pid(), 0);
}

TEST_F(HostTest, ScratchFoldersGoWithTheWorker) {
  const std::string folder = pool->submit("scratch", "null").result().body;
  EXPECT_EQ(::access((folder + "/file").c_str(), F_OK), 0);
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_NE(::access(folder.c_str(), F_OK), 0);
  EXPECT_NE(::access(folder.substr(0, folder.rfind('/')).c_str(), F_OK), 0);
}

TEST(HostStartTest, DefaultsToTheUsableCpus) {
  const Census census;
  auto pool = Host::start({}, fake_tasks());
  ASSERT_TRUE(pool);
  EXPECT_GE((*pool)->workers(), 1u);
}

TEST(HostStartTest, RefusesWhenThereAreThreads) {
  const Census census;
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) std::this_thread::sleep_for(1ms);
  });
  const auto pool = Host::start({}, fake_tasks());
  stop = true;
  other.join();
  ASSERT_FALSE(pool);
  EXPECT_EQ(pool.error().code, "threads");
  EXPECT_THAT(pool.error().message, HasSubstr("before the program has other threads"));
}

TEST(HostStartTest, RefusesOffTheMainThread) {
  const Census census;
  std::thread([] { EXPECT_EQ(Host::start({}, fake_tasks()).error().code, "threads"); }).join();
}

TEST(HostStartTest, RefusesAnAbsurdNumberOfWorkers) {
  const Census census;
  PoolOptions options;
  options.workers = 1'000'000;
  EXPECT_FALSE(Host::start(std::move(options), {}));
}

TEST(HostStartTest, SeveralPoolsSideBySide) {
  const Census census;
  std::vector<std::unique_ptr<Host>> pools;
  for (int i = 0; i < 4; ++i) pools.push_back(start_pool(2));
  std::vector<Job> jobs;
  for (int round = 0; round < 10; ++round)
    for (auto& pool : pools) jobs.push_back(pool->submit("echo", "1"));
  for (const Job& job : jobs) EXPECT_TRUE(job.result().ok());
  // The first one's end must not wait for the later ones, which were forked while it was there.
  pools.front()->shutdown(Pool::Shutdown::drain);
  EXPECT_TRUE(pools.back()->submit("echo", "1").result().ok());
}

TEST(HostStartTest, ALaterPoolHoldsNothingOfAnEarlierOne) {
  const Census census;
  auto first = start_pool(1);
  auto second = start_pool(1);
  ::kill(first->supervisor_pid(), SIGKILL);
  EXPECT_EQ(first->submit("echo", "1").result(kPatience).value().error->kind, Failure::pool_lost);
  EXPECT_TRUE(second->submit("echo", "1").result().ok());
}

TEST(HostStartTest, TheProgramsOwnTaskWins) {
  const Census census;
  PoolOptions options;
  options.workers = 1;
  options.tasks["echo"] = [](TaskContext&) -> TaskResult { return std::string("\"mine\""); };
  auto pool = Host::start(std::move(options), fake_tasks());
  ASSERT_TRUE(pool);
  EXPECT_EQ((*pool)->submit("echo", "1").result().body, "\"mine\"");
  EXPECT_EQ((*pool)->submit("pid", "1").result().attempts, 1u);
}

TEST(HostStartTest, APoolThatIsNeverUsedEndsQuickly) {
  const Census census;
  PoolOptions options;
  options.grace = Seconds(300);
  const auto start = std::chrono::steady_clock::now();
  start_pool(8, options).reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
}

}  // namespace
}  // namespace hevcpool::pool
