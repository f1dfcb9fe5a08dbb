// SPDX-License-Identifier: GPL-2.0-or-later
// Row by row against Python's concurrent.futures.ProcessPoolExecutor and multiprocessing.Pool: each test is named
// after the thing that it stands for.
#include "pool/detached.h"
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <hevcpool/as_completed.h>
#include <hevcpool/await.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <set>
#include <string>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;

class ExecutorSemanticsTest : public testing::Test {
 protected:
  Census census;
};

TEST_F(ExecutorSemanticsTest, Submit) { EXPECT_EQ(start_pool()->submit("echo", "7").result().value(), "7"); }

TEST_F(ExecutorSemanticsTest, ApplyAsyncWithCallback) {
  auto pool = start_pool();
  std::string heard, error_heard;
  pool->submit("echo", "7").when_done([&](const JobResult& result) { heard = result.body; });
  pool->submit("error", "7").when_done([&](const JobResult& result) { error_heard = result.error->code; });
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_EQ(heard, "7");
  EXPECT_EQ(error_heard, "code");
}

TEST_F(ExecutorSemanticsTest, MapKeepsTheOrder) {
  auto pool = start_pool();
  std::vector<std::string> arguments;
  for (int i = 0; i < 500; ++i) arguments.push_back(std::to_string(i));
  const auto results = pool->map("echo", arguments);
  ASSERT_EQ(results.size(), arguments.size());
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].value(), arguments[i]);
}

TEST_F(ExecutorSemanticsTest, MapWithChunksize) {
  auto pool = start_pool();
  std::vector<std::string> arguments;
  for (int i = 0; i < 1001; ++i) arguments.push_back(std::to_string(i));
  for (std::size_t chunk : {std::size_t{2}, std::size_t{64}, std::size_t{5000}}) {
    const auto results = pool->map("echo", arguments, chunk);
    ASSERT_EQ(results.size(), arguments.size());
    for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].value(), arguments[i]);
  }
}

TEST_F(ExecutorSemanticsTest, MapWithChunksizeKeepsErrorsApart) {
  TaskTable more{{"odd_fails", [](TaskContext& c) -> TaskResult {
                    if ((c.argument().back() - '0') % 2) return TaskError{"", "odd", "odd", ""};
                    return std::string(c.argument());
                  }}};
  auto pool = start_pool(2, {}, more);
  const auto results = pool->map("odd_fails", {"0", "1", "2", "3", "4"}, 3);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(results[i].ok(), i % 2 == 0);
  EXPECT_EQ(results[1].error->code, "odd");
}

TEST_F(ExecutorSemanticsTest, MapWithChunksizeFailsAChunkWithItsWorker) {
  TaskTable more{{"three_dies", [](TaskContext& c) -> TaskResult {
                    if (c.argument() == "3") std::raise(SIGKILL);
                    return std::string(c.argument());
                  }}};
  auto pool = start_pool(2, {}, more);
  const auto results = pool->map("three_dies", {"0", "1", "2", "3", "4", "5"}, 2);
  for (std::size_t i = 0; i < 6; ++i) EXPECT_EQ(results[i].ok(), i != 2 && i != 3) << i;
  EXPECT_EQ(results[3].error->code, "SIGKILL");
}

TEST_F(ExecutorSemanticsTest, MapOfNothing) { EXPECT_TRUE(start_pool()->map("echo", {}, 10).empty()); }

TEST_F(ExecutorSemanticsTest, AsCompleted) {
  auto pool = start_pool(2);
  std::vector<Job> jobs{pool->submit("wait", "null"), pool->submit("echo", "1"), pool->submit("echo", "2")};
  std::vector<std::uint64_t> order;
  for (Job& job : as_completed(jobs)) {
    order.push_back(job.id());
    if (order.size() == 2) jobs[0].cancel();
  }
  EXPECT_EQ(order, (std::vector<std::uint64_t>{jobs[1].id(), jobs[2].id(), jobs[0].id()}));
}

TEST_F(ExecutorSemanticsTest, AsCompletedWithTimeout) {
  auto pool = start_pool(1);
  std::vector<Job> jobs{pool->submit("wait", "null")};
  auto done = as_completed(jobs, Seconds(0.05));
  EXPECT_TRUE(done.begin() == done.end());
  EXPECT_TRUE(done.timed_out());
}

TEST_F(ExecutorSemanticsTest, ResultWithTimeout) {
  auto pool = start_pool(1);
  const Job job = pool->submit("wait", "null");
  EXPECT_FALSE(job.result(Seconds(0.05)));
  EXPECT_FALSE(job.done());
}

TEST_F(ExecutorSemanticsTest, CancelQueued) {
  auto pool = start_pool(1);
  const Job running = pool->submit("wait", "null");
  std::vector<Job> queued;
  for (int i = 0; i < 5; ++i) queued.push_back(pool->submit("echo", "1"));
  for (const Job& job : queued) EXPECT_TRUE(job.cancel());
  for (const Job& job : queued) EXPECT_EQ(job.result().error->kind, Failure::cancelled);
}

// Python cannot; here the worker is replaced.
TEST_F(ExecutorSemanticsTest, CancelRunning) {
  auto pool = start_pool(1);
  const Job job = running(*pool, "wait");
  EXPECT_TRUE(job.cancel());
  EXPECT_EQ(job.result().error->kind, Failure::cancelled);
  EXPECT_TRUE(pool->submit("echo", "1").result().ok());
}

TEST_F(ExecutorSemanticsTest, CancelDone) {
  auto pool = start_pool(1);
  const Job job = pool->submit("echo", "1");
  job.result();
  EXPECT_FALSE(job.cancel());
}

TEST_F(ExecutorSemanticsTest, ExceptionWithRemoteTraceback) {
  TaskTable more{{"noisy_throw", [](TaskContext&) -> TaskResult {
                    std::fputs("step 1\nstep 2\n", stderr);
                    throw std::out_of_range("index 9");
                  }}};
  auto pool = start_pool(1, {}, more);
  const Job job = pool->submit("noisy_throw", "null");
  const JobResult result = job.result();
  EXPECT_EQ(result.error->kind, Failure::exception);
  EXPECT_EQ(result.error->code, "std::out_of_range");
  EXPECT_EQ(result.error->message, "index 9");
  EXPECT_EQ(result.error->log, "step 1\nstep 2\n");
  EXPECT_THROW(result.value(), JobFailed);
}

TEST_F(ExecutorSemanticsTest, Initializer) {
  static std::string model;
  PoolOptions options;
  options.worker_start = [] { model = "loaded"; };
  TaskTable more{{"model", [](TaskContext&) -> TaskResult { return model; }}};
  auto pool = start_pool(2, options, more);
  EXPECT_EQ(pool->submit("model", "null").result().body, "loaded");
  EXPECT_EQ(model, "");
}

TEST_F(ExecutorSemanticsTest, MaxTasksPerChild) {
  PoolOptions options;
  options.jobs_per_worker = 1;
  auto pool = start_pool(1, options);
  std::set<std::string> pids;
  for (int i = 0; i < 5; ++i) pids.insert(pool->submit("pid", "null").result().body);
  EXPECT_EQ(pids.size(), 5u);
}

// There the executor is lost with one worker; here the job is.
TEST_F(ExecutorSemanticsTest, BrokenProcessPoolRecovers) {
  auto pool = start_pool(2);
  const Job poison = pool->submit("signal", std::to_string(SIGSEGV));
  std::vector<Job> others;
  for (int i = 0; i < 10; ++i) others.push_back(pool->submit("echo", "1"));
  EXPECT_EQ(poison.result().error->code, "SIGSEGV");
  for (const Job& job : others) EXPECT_TRUE(job.result().ok());
}

TEST_F(ExecutorSemanticsTest, ShutdownWait) {
  auto pool = start_pool(2);
  std::vector<Job> jobs;
  for (int i = 0; i < 50; ++i) jobs.push_back(pool->submit("echo", "1"));
  pool->shutdown(Pool::Shutdown::drain);
  for (const Job& job : jobs) EXPECT_TRUE(job.done() && job.result().ok());
}

TEST_F(ExecutorSemanticsTest, ShutdownCancelFutures) {
  auto pool = start_pool(1);
  std::vector<Job> jobs;
  for (int i = 0; i < 10; ++i) jobs.push_back(pool->submit("wait", "null"));
  pool->shutdown(Pool::Shutdown::cancel);
  for (const Job& job : jobs) EXPECT_EQ(job.result().error->kind, Failure::cancelled);
}

TEST_F(ExecutorSemanticsTest, SubmitAfterShutdown) {
  auto pool = start_pool(1);
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_EQ(pool->submit("echo", "1").result().error->kind, Failure::pool_lost);
}

TEST_F(ExecutorSemanticsTest, AddDoneCallbackAfterDone) {
  auto pool = start_pool(1);
  const Job job = pool->submit("echo", "5");
  job.result();
  std::string heard;
  job.when_done([&](const JobResult& result) { heard = result.body; });
  EXPECT_EQ(heard, "5");
}

// Queue: values that a running task sends to the program, in order; one that waits for each to be taken loses none.
TEST_F(ExecutorSemanticsTest, QueueIsProgress) {
  TaskTable more{{"produce", [](TaskContext& context) -> TaskResult {
                    char taken = 0;
                    for (int i = 0; i < 3; ++i) {
                      context.progress(std::to_string(i));
                      if (::read(context.descriptors()[0], &taken, 1) != 1) return std::string("false");
                      ::usleep(10'000);  // what follows at once would be held back
                    }
                    return std::string("true");
                  }}};
  auto pool = start_pool(1, {}, more);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]), writing(ends[1]);
  std::string got;
  Submission wanted = submission("produce");
  wanted.descriptors = {reading.get()};
  wanted.on_progress = [&](std::string_view value) {
    got += value;
    EXPECT_EQ(::write(writing.get(), "x", 1), 1);
  };
  EXPECT_EQ(pool->submit(std::move(wanted)).result().body, "true");
  pool->shutdown(Pool::Shutdown::drain);
  EXPECT_EQ(got, "012");
}

// Pipe: any descriptor may travel with a job, a pipe's end too.
TEST_F(ExecutorSemanticsTest, PipeIsADescriptor) {
  TaskTable more{{"write", [](TaskContext& context) -> TaskResult {
                    return ::write(context.descriptors()[0], "hello", 5) == 5 ? "true" : "false";
                  }}};
  auto pool = start_pool(1, {}, more);
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  Submission wanted = submission("write");
  wanted.descriptors = {writing.get()};
  const Job job = pool->submit(std::move(wanted));
  writing.reset();
  EXPECT_EQ(job.result().body, "true");
  char text[16];
  EXPECT_EQ(::read(reading.get(), text, sizeof text), 5);
  EXPECT_EQ(::read(reading.get(), text, sizeof text), 0);  // neither pool nor worker holds the other end
}

// Value: memory that program and workers share is a memfd.
TEST_F(ExecutorSemanticsTest, ValueIsASharedMapping) {
  TaskTable more{{"add", [](TaskContext& context) -> TaskResult {
                    void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, context.descriptors()[0], 0);
                    static_cast<std::atomic<int>*>(memory)->fetch_add(1);
                    ::munmap(memory, 4096);
                    return std::string("null");
                  }}};
  auto pool = start_pool(2, {}, more);
  const UniqueFd file(::memfd_create("value", MFD_CLOEXEC));
  ASSERT_EQ(::ftruncate(file.get(), 4096), 0);
  void* memory = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  std::vector<Job> jobs;
  for (int i = 0; i < 50; ++i) {
    Submission wanted = submission("add");
    wanted.descriptors = {file.get()};
    jobs.push_back(pool->submit(std::move(wanted)));
  }
  for (const Job& job : jobs) job.result();
  EXPECT_EQ(static_cast<std::atomic<int>*>(memory)->load(), 50);
  ::munmap(memory, 4096);
}

using hevcpool::test::Detached;

Detached add_up(Host& pool, std::atomic<int>& sum) {
  int total = 0;
  for (int i = 1; i <= 3; ++i) total += std::stoi((co_await pool.submit("echo", std::to_string(i))).body);
  sum = total;
}

TEST_F(ExecutorSemanticsTest, WrapFutureIsCoAwait) {
  auto pool = start_pool(2);
  std::atomic<int> sum{0};
  add_up(*pool, sum);
  EXPECT_TRUE(eventually([&] { return sum == 6; }));
}

}  // namespace
}  // namespace hevcpool::pool
