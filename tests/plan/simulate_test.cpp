// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/simulate.h"

#include "plan/schedule/recorded_costs.h"

#include <gtest/gtest.h>

#include <iostream>

namespace hevcpool::plan {
namespace {

constexpr double kKeyInterval = 250;
constexpr double kFramesPerMinute = 24 * 60;

RecordedSource film(double minutes, std::size_t first = 0, bool cuttable = true) {
  const auto stretches = static_cast<std::size_t>(minutes * kFramesPerMinute / kRecordedFrames);
  auto made = film_from_trace(recorded_costs(), kRecordedFrames, stretches, first, kKeyInterval);
  made.cuttable = cuttable;
  return made;
}

SimulationResult run(const char* name, const std::vector<RecordedSource>& films, unsigned slots) {
  const auto result = simulate(films, {.slots = slots});
  std::cout << name << ":  " << to_text(result) << "\n";
  return result;
}

TEST(SimulationTest, OneWorkerOneFilmIsTheBound) {
  const auto result = run("one film of 2 min", {film(2)}, 1);
  EXPECT_LT(result.above_bound(), 0.01);
  EXPECT_EQ(result.segments, 0U);
}

TEST(SimulationTest, OneFilmFillsEveryCore) {
  for (unsigned slots : {2U, 8U, 64U, 128U}) {
    const auto result = run("one film of 120 min", {film(120)}, slots);
    EXPECT_LT(result.above_bound(), 0.05) << slots;
    EXPECT_LT(result.idle(), 0.05) << slots;
  }
}

TEST(SimulationTest, AMinuteAloneOnTwoCores) {
  EXPECT_LT(run("one film of 1 min", {film(1)}, 2).above_bound(), 0.1);
  EXPECT_LT(run("one film of 20 s", {film(1.0 / 3)}, 2).above_bound(), 0.15);
}

TEST(SimulationTest, ManyFilmsRunWholeAndTheTailIsCut) {
  std::vector<RecordedSource> films;
  for (std::size_t n = 0; n < 500; ++n) films.push_back(film(1 + static_cast<double>(n * 7 % 23), n * 31));
  for (unsigned slots : {2U, 64U, 128U}) {
    const auto result = run("500 films of 1 to 23 min", films, slots);
    EXPECT_LT(result.above_bound(), 0.05) << slots;
    EXPECT_LT(result.idle(), 0.05) << slots;
    EXPECT_LT(result.segments, 6 * slots) << slots;
  }
}

TEST(SimulationTest, TheLongestFileLast) {
  std::vector<RecordedSource> films;
  for (std::size_t n = 0; n < 8; ++n) films.push_back(film(1, n * 17));
  films.push_back(film(5));
  for (unsigned slots : {2U, 8U}) EXPECT_LT(run("8 of 1 min and 1 of 5 min", films, slots).idle(), 0.05) << slots;
}

TEST(SimulationTest, AFilmThatCannotBeCutGetsThreads) {
  const auto result = run("one uncuttable film", {film(10, 0, false)}, 8);
  EXPECT_EQ(result.segments, 0U);
  EXPECT_LT(result.above_bound(), 0.05);
}

}  // namespace
}  // namespace hevcpool::plan
