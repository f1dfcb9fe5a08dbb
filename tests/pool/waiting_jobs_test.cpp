// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/waiting_jobs.h"

#include "pool/prefetch_depth.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace hevcpool::pool {
namespace {

PoolJobPtr job(std::string name, double cost = 0) {
  Submission submission;
  submission.task = std::move(name);
  submission.cost = cost;
  return std::make_shared<PoolJob>(std::move(submission), 0, 0, std::weak_ptr<JobCanceller>());
}

std::string order_of(WaitingJobs& jobs) {
  std::string names;
  while (const PoolJobPtr next = jobs.take()) names += next->submission.task;
  return names;
}

TEST(WaitingJobsTest, FirstInFirstOut) {
  WaitingJobs jobs(Order::first_in_first_out);
  jobs.add(job("a", 1));
  jobs.add(job("b", 9));
  jobs.add_again(job("c"));
  EXPECT_EQ(jobs.size(), 3u);
  EXPECT_EQ(order_of(jobs), "cab");
  EXPECT_TRUE(jobs.empty());
}

TEST(WaitingJobsTest, LongestFirstKeepsTheOrderOfEquals) {
  WaitingJobs jobs(Order::longest_first);
  jobs.add(job("a", 1));
  jobs.add(job("b", 9));
  jobs.add(job("c", 1));
  jobs.add(job("d", 5));
  jobs.add_again(job("e", 5));
  EXPECT_EQ(order_of(jobs), "bedac");
}

TEST(WaitingJobsTest, CostsThatAreNoNumbersDoNoHarm) {
  WaitingJobs jobs(Order::longest_first);
  jobs.add(job("a", std::numeric_limits<double>::quiet_NaN()));
  jobs.add(job("b", 1));
  jobs.add(job("c", -std::numeric_limits<double>::infinity()));
  EXPECT_EQ(order_of(jobs), "bac");
}

TEST(WaitingJobsTest, SkipsWhatWasCancelled) {
  WaitingJobs jobs(Order::first_in_first_out);
  const auto first = job("a"), second = job("b");
  jobs.add(first);
  jobs.add(second);
  first->phase = PoolJob::Phase::ended;
  jobs.forget_one();
  EXPECT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs.peek(), second.get());
  EXPECT_EQ(jobs.take_all().size(), 1u);
  EXPECT_EQ(jobs.take(), nullptr);
}

TEST(PrefetchDepthTest, GrowsOnlyWhileJobsAreShort) {
  PrefetchDepth depth(2);
  EXPECT_EQ(depth.now(), 4u);
  for (int i = 0; i < 16; ++i) depth.learn(5);
  EXPECT_EQ(depth.now(), 32u);
  depth.learn(5000);
  EXPECT_EQ(depth.now(), 4u);
}

TEST(PrefetchDepthTest, OpensFilesAheadOnlyWhileJobsTakeAFewMilliseconds) {
  PrefetchDepth depth(2);
  for (int i = 0; i < 15; ++i) depth.learn(700);
  EXPECT_EQ(depth.early(), 4u) << "too few to believe it";
  depth.learn(700);
  EXPECT_EQ(depth.early(), 16u);
  EXPECT_EQ(depth.now(), 4u) << "too long for jobs that hold nothing";
  depth.learn(20'000);
  EXPECT_EQ(depth.early(), 4u);
}

TEST(PrefetchDepthTest, OpensFewFilesAheadHoweverManyWorkersThereAre) {
  PrefetchDepth depth(128);
  for (int i = 0; i < 128 * 8; ++i) depth.learn(700);
  EXPECT_EQ(depth.early(), 256u + 64u);
}

}  // namespace
}  // namespace hevcpool::pool
