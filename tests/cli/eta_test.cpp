// SPDX-License-Identifier: GPL-2.0-or-later
// How good the remaining time is that is shown, after a third of a batch: simulated batches whose jobs cost really
// something else than was believed.
#include "cli/report/batch_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace hevcpool::cli {
namespace {

struct Timed {
  double cost = 0, seconds = 0, begin = 0, end = 0;
};

// Longest first on so many slots. Returns when all is done.
double schedule(std::vector<Timed>& jobs, unsigned slots) {
  std::ranges::sort(jobs, [](const Timed& a, const Timed& b) { return a.cost > b.cost; });
  std::vector<double> free(slots, 0);
  for (Timed& job : jobs) {
    auto next = std::ranges::min_element(free);
    job.begin = *next;
    job.end = *next += job.seconds;
  }
  return *std::ranges::max_element(free);
}

// What the state says at time `now` of such a batch.
double remaining_at(const std::vector<Timed>& jobs, double now) {
  BatchState state(0);
  for (const Timed& job : jobs) state.planned(state.add("clip", job.cost * 1e5), job.cost);
  for (std::size_t n = 0; n < jobs.size(); ++n) {
    const Timed& job = jobs[n];
    if (job.begin > now) continue;
    state.started(n, job.begin);
    if (job.end <= now) state.finished(n, Status::ok);
    else state.progress(n, {.fraction = (now - job.begin) / job.seconds}, now);
  }
  return state.remaining(now).value_or(0);
}

class EtaTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(EtaTest, IsWithinFifteenPercentAfterAThird) {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> length(std::log(5.0), std::log(300.0)), error(std::log(0.75), std::log(1.33));
  for (int batch = 0; batch < 50; ++batch) {
    std::vector<Timed> jobs(20 * GetParam());
    for (Timed& job : jobs) {
      job.cost = std::exp(length(random));
      job.seconds = job.cost * std::exp(error(random));
    }
    const double end = schedule(jobs, GetParam()), now = end / 3;
    EXPECT_NEAR(now + remaining_at(jobs, now), end, 0.15 * end) << "batch " << batch;
  }
}

INSTANTIATE_TEST_SUITE_P(Slots, EtaTest, ::testing::Values(2U, 8U, 64U));

}  // namespace
}  // namespace hevcpool::cli
