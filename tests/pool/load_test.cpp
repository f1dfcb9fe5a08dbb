// SPDX-License-Identifier: GPL-2.0-or-later
// Many jobs: nothing grows.
#include "pool/fake_tasks.h"
#include "pool/process_census.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

namespace hevcpool::pool {
namespace {

using namespace testing_support;

TEST(LoadTest, AHundredThousandJobsLeaveNothingBehind) {
  const Census census;
  auto pool = start_pool(2);
  std::atomic<int> done{0};
  const auto run = [&](int count) {
    const int target = done + count;
    for (int i = 0; i < count; ++i) pool->submit("echo", "1").when_done([&](const JobResult& r) { done += r.ok(); });
    EXPECT_TRUE(eventually([&] { return done == target; }, 100s));
  };
  run(10'000);
  [[maybe_unused]] const long before = private_kib(pool->supervisor_pid());
  const std::size_t descriptors = open_descriptors();
  run(100'000);
  EXPECT_EQ(open_descriptors(), descriptors);
  EXPECT_TRUE(eventually([&] { return pool->open_jobs() == 0; }));  // the last callback comes a moment earlier
#ifndef HEVCPOOL_SANITIZER
  EXPECT_LE(private_kib(pool->supervisor_pid()), before + 64);
  EXPECT_LT(private_kib(pool->supervisor_pid()), 1024);
#endif
}

TEST(LoadTest, ManyCrashesLeaveNothingBehind) {
  const Census census;
  auto pool = start_pool(2);
  const auto run = [&](int count) {
    std::vector<Job> jobs;
    for (int i = 0; i < count; ++i) jobs.push_back(pool->submit("exit", "1"));
    for (const Job& job : jobs) EXPECT_EQ(job.result().error->code, "exit 1");
  };
  run(50);
  [[maybe_unused]] const long before = private_kib(pool->supervisor_pid());
  run(300);
#ifndef HEVCPOOL_SANITIZER
  EXPECT_LE(private_kib(pool->supervisor_pid()), before + 128);
#endif
}

}  // namespace
}  // namespace hevcpool::pool
