// SPDX-License-Identifier: GPL-2.0-or-later
// Which way a film is encoded: whole, cut, or whole with several threads.
#include "plan/schedule/scheduler.h"

#include "plan/schedule/memory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

namespace hevcpool::plan {
namespace {

class WayTest : public ::testing::Test {
 protected:
  static constexpr double kUsual = 100;
  static Estimate film(double cost, Cutting cutting) {
    return {.cost = cost, .memory = 10, .cutting = cutting, .most_threads = 6, .memory_of_threads = 50};
  }
  // Adds jobs, the first of them first, and lets all be inspected.
  void start(Limits limits, const std::vector<Estimate>& films, Split split = Split::automatic) {
    limits.order = Order::first_in_first_out;
    batch.emplace(limits);
    for (JobId id = 1; id <= films.size(); ++id)
      take(batch->add({.id = id, .size = 1, .verify = false, .split = split, .may_thread = true}));
    for (auto run = find(Step::inspect); run; run = find(Step::inspect)) {
      running.erase(run->run);
      take(batch->inspected(run->run, films[run->job - 1]));
    }
  }
  void take(const Actions& actions) {
    for (const auto& action : actions)
      if (const auto* run = std::get_if<plan::Run>(&action)) running[run->run] = *run;
  }
  std::optional<plan::Run> find(Step step) const {
    const auto found = std::ranges::find_if(running, [step](const auto& entry) { return entry.second.step == step; });
    return found == running.end() ? std::nullopt : std::optional(found->second);
  }
  plan::Run of(JobId job) const {
    const auto found = std::ranges::find_if(running, [job](const auto& entry) { return entry.second.job == job; });
    return found == running.end() ? plan::Run{} : found->second;
  }
  void end(JobId job) {
    const auto run = of(job);
    running.erase(run.run);
    take(batch->encoded(run.run, 0));
  }

  std::optional<Scheduler> batch;
  std::map<RunId, plan::Run> running;
};

TEST_F(WayTest, AShortFilmAloneGetsTheThreadsThatAreFree) {
  start({.slots = 4}, {film(kUsual, Cutting::if_idle)});
  EXPECT_EQ(of(1).step, Step::encode);
  EXPECT_EQ(of(1).threads, 4U);
}

TEST_F(WayTest, ManyCoresEncodeNoMore4KAtOnceThanMemoryHolds) {
  constexpr double kMemory = 16e9;
  const double each = encode_memory({.width = 3840, .height = 2160, .bit_depth = 10, .preset = "medium", .x265_params = {}});
  ASSERT_GT(64 * each, kMemory);
  Estimate estimate = film(1e5, Cutting::no);
  estimate.memory = each;
  estimate.memory_of_threads = each;
  start({.slots = 64, .memory = kMemory}, std::vector<Estimate>(64, estimate));
  const auto encodes = static_cast<double>(std::ranges::count(running, Step::encode, [](const auto& run) { return run.second.step; }));
  EXPECT_LE(encodes * each, kMemory);
  EXPECT_GT((encodes + 1) * each, kMemory);
}

TEST_F(WayTest, OneWorkersEncoderGetsTheThreadsThatItWasPromised) {
  Estimate threaded = film(kUsual, Cutting::freely);
  threaded.threads = 3;
  start({.slots = 4, .workers = 1}, {threaded, threaded});
  EXPECT_EQ(of(1).threads, 3U);
  EXPECT_EQ(running.size(), 1U);
  end(1);
  EXPECT_EQ(of(2).threads, 3U);
}

TEST_F(WayTest, OneWorkerCutsNothingHoweverManyThreadsThereAre) {
  start({.slots = 4, .workers = 1}, {film(kUsual, Cutting::freely)});
  EXPECT_EQ(of(1).step, Step::encode);
}

TEST_F(WayTest, NoMoreThreadsThanItsPictureHasWorkFor) {
  start({.slots = 64}, {film(kUsual, Cutting::no)});
  EXPECT_EQ(of(1).threads, 6U);
}

TEST_F(WayTest, ALongFilmIsCut) {
  start({.slots = 4}, {film(kUsual, Cutting::freely)});
  EXPECT_EQ(of(1).step, Step::index);
}

TEST_F(WayTest, ALongFilmThatMayNotBeCutGetsThreads) {
  start({.slots = 4}, {film(kUsual, Cutting::freely)}, Split::never);
  EXPECT_EQ(of(1).step, Step::encode);
  EXPECT_EQ(of(1).threads, 4U);
}

TEST_F(WayTest, TheLastShortFilmIsCutForTheOneThatFallsIdle) {
  start({.slots = 2}, {film(kUsual, Cutting::if_idle), film(kUsual, Cutting::if_idle), film(kUsual, Cutting::if_idle)});
  EXPECT_EQ(of(1).step, Step::encode);  // as much is left for the other slot
  EXPECT_EQ(of(2).step, Step::encode);
  batch->progress(of(2).run, 0.9);
  end(1);
  EXPECT_EQ(of(3).step, Step::index);
}

TEST_F(WayTest, AVeryShortFilmIsNeverCut) {
  start({.slots = 2}, {film(kUsual, Cutting::no), film(kUsual, Cutting::no), film(kUsual, Cutting::no)});
  batch->progress(of(2).run, 0.9);
  end(1);
  EXPECT_EQ(of(3).step, Step::encode);
  EXPECT_EQ(of(3).threads, 1U);
}

TEST_F(WayTest, ThreadsThatDoNotFitInMemoryAreNotStarted) {
  start({.slots = 4, .memory = 40}, {film(kUsual, Cutting::no)});
  EXPECT_EQ(of(1).step, Step::encode);
  EXPECT_EQ(of(1).threads, 1U);
}

TEST_F(WayTest, ThreadsTakeMemoryFromOthers) {
  start({.slots = 4, .memory = 65}, {film(kUsual, Cutting::no), film(1, Cutting::no)});
  EXPECT_EQ(of(1).threads, 3U);  // the fourth slot was inspecting
  EXPECT_EQ(of(2).run, 0U);      // it is free now, but 70 would be in use
  end(1);
  EXPECT_EQ(of(2).step, Step::encode);
}

}  // namespace
}  // namespace hevcpool::plan
