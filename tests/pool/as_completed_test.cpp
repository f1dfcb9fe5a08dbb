// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/as_completed.h>

#include "pool/job_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <thread>
#include <vector>

namespace hevcpool {
namespace {

static_assert(std::ranges::input_range<Completed>);
static_assert(std::ranges::view<Completed>);

class AsCompletedTest : public testing::Test {
 protected:
  void make(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) states.push_back(std::make_shared<JobState>(i + 1));
    for (const auto& state : states) jobs.emplace_back(state);
  }
  void complete(std::size_t index) { states[index]->complete({}); }
  std::vector<std::shared_ptr<JobState>> states;
  std::vector<Job> jobs;
};

TEST_F(AsCompletedTest, YieldsInCompletionOrder) {
  make(3);
  complete(2);
  std::vector<std::uint64_t> seen;
  for (Job& job : as_completed(jobs)) {
    seen.push_back(job.id());
    EXPECT_TRUE(job.done());
    if (seen.size() == 1) complete(0);
    if (seen.size() == 2) complete(1);
  }
  EXPECT_EQ(seen, (std::vector<std::uint64_t>{3, 1, 2}));
}

TEST_F(AsCompletedTest, EndsAtTheTimeoutAndSaysSo) {
  make(2);
  complete(1);
  auto range = as_completed(jobs, Seconds(0.02));
  std::size_t count = 0;
  for ([[maybe_unused]] Job& job : range) ++count;
  EXPECT_EQ(count, 1u);
  EXPECT_TRUE(range.timed_out());
  complete(0);  // a job that is never done keeps itself alive
}

TEST_F(AsCompletedTest, NothingInNothingOut) {
  auto range = as_completed(jobs);
  EXPECT_TRUE(range.begin() == range.end());
  EXPECT_FALSE(range.timed_out());
}

TEST_F(AsCompletedTest, WorksWithRangesAndOtherContainers) {
  make(4);
  for (std::size_t i : {3u, 2u, 1u, 0u}) complete(i);
  std::vector<std::uint64_t> ids;
  for (std::uint64_t id : as_completed(jobs | std::views::drop(1)) | std::views::transform(&Job::id)) ids.push_back(id);
  std::ranges::sort(ids);
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{2, 3, 4}));
}

TEST_F(AsCompletedTest, TakesResultsFromOtherThreads) {
  make(100);
  std::thread completer([&] {
    for (std::size_t i = 0; i < states.size(); ++i) complete(i);
  });
  std::size_t count = 0;
  for ([[maybe_unused]] Job& job : as_completed(jobs)) ++count;
  completer.join();
  EXPECT_EQ(count, 100u);
}

TEST_F(AsCompletedTest, MayBeLeftEarly) {
  make(2);
  complete(0);
  for (Job& job : as_completed(jobs)) {
    EXPECT_EQ(job.id(), 1u);
    break;
  }
  complete(1);  // its callback finds no range any more
}

}  // namespace
}  // namespace hevcpool
