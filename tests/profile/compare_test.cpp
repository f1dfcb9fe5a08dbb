// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/compare.h"
#include "profile/pareto.h"
#include "profile/table.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

Run run_of(std::map<std::string, double> cpu, std::uint64_t frames = 10) {
  Run run;
  run.label = "run";
  run.frames = frames;
  for (const auto& [name, seconds] : cpu) {
    StageFigures stage;
    stage.name = name;
    stage.cpu = stage.wall = seconds;
    run.stages.push_back(stage);
  }
  return run;
}

Run point(double fps, std::uint64_t bytes, double ssim) {
  Run run;
  run.fps = fps, run.bytes_out = bytes, run.ssim = ssim;
  return run;
}

TEST(CompareTest, TheSlowedStageComesFirst) {
  const auto fast = run_of({{"encode", 9.0}, {"decode", 1.0}, {"filter", 0.2}, {"wait", 3.0}});
  const auto slow = run_of({{"encode", 9.1}, {"decode", 1.0}, {"filter", 2.2}, {"wait", 30.0}});
  const auto list = differences(fast, slow);
  ASSERT_FALSE(list.empty());
  EXPECT_EQ(list.front().stage, "filter");
  EXPECT_NEAR(list.front().change(), 0.2, 1e-9);
  EXPECT_EQ(list.back().stage, "wait");
}

TEST(CompareTest, RunsOfDifferentLengthsAreComparedByFrame) {
  const auto list = differences(run_of({{"encode", 1.0}}, 10), run_of({{"encode", 2.0}}, 20));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_NEAR(list[0].change(), 0, 1e-12);
}

TEST(CompareTest, AStageThatOneRunLacksIsADifference) {
  const auto list = differences(run_of({{"encode", 1.0}}), run_of({{"encode", 1.0}, {"scale", 0.5}}));
  EXPECT_EQ(list.front().stage, "scale");
}

TEST(ParetoTest, WhatIsBeatenInEverythingIsNotOnTheFront) {
  EXPECT_THAT(pareto_front({point(10, 100, 0.99), point(20, 100, 0.99), point(5, 50, 0.99), point(20, 200, 0.98)}),
              ElementsAre(false, true, true, false));
  EXPECT_THAT(pareto_front({point(10, 100, 0), point(10, 100, 0)}), ElementsAre(true, true));
}

TEST(TableTest, MarksTheFrontAndSaysUnits) {
  EXPECT_THAT(sweep_table({point(10, 100, 0.99), point(5, 100, 0.98)}), HasSubstr("*"));
  EXPECT_EQ(time_text(0.0121), "12.10 ms");
  EXPECT_EQ(time_text(3.214), "3.21 s");
}

TEST(RunTest, WhatComposesReadsBack) {
  RunFacts facts;
  facts.label = "a", facts.input = "x.mp4", facts.whole = 5, facts.seconds = 2;
  const char* measured = R"({"wall": 4, "cpu": 8, "threads": {"x265": 6}, "counters": "none", "passes": [{"number": 0, "frames": 2, "bits": 1500}],
    "stages": [{"name": "encode", "wall": 3, "cpu": 6, "calls": 2}, {"name": "decode", "wall": 2, "cpu": 2, "calls": 4}],
    "frames": {"number": [0, 1], "type": ["I", "b"], "qp": [20, 30], "bits": [1000, 500], "encode": [5, 3], "wall": [7, 5]}})";
  const auto document = compose_run(facts, measured);
  ASSERT_TRUE(document.has_value());
  const auto loaded = parse_runs(document->dump());
  ASSERT_TRUE(loaded.has_value());
  const auto run = read_run(loaded->front());
  EXPECT_EQ(run.frames, 2U);
  EXPECT_DOUBLE_EQ(run.fps, 0.5);
  EXPECT_DOUBLE_EQ(run.bits_per_second, 750);
  EXPECT_DOUBLE_EQ(run.stage("encode")->share, 0.75);
  EXPECT_DOUBLE_EQ(run.stage("decode")->mean, 0.5);
  EXPECT_DOUBLE_EQ(run.stage("idle")->wall, 1);
  ASSERT_EQ(run.types.size(), 2U);
  EXPECT_EQ(run.types[1].type, 'b');
  EXPECT_DOUBLE_EQ(run.x265.at("wall"), 6);
  EXPECT_THAT(run_table(run), HasSubstr("encode"));
}

TEST(RunTest, FramesOfTheFirstOfTwoPassesAreNotCountedAgain) {
  RunFacts facts;
  facts.seconds = 2;
  const char* measured = R"({"wall": 4, "cpu": 8, "stages": [{"name": "encode", "wall": 3, "cpu": 6, "calls": 4}],
    "passes": [{"number": 1, "frames": 2, "bits": 9000, "wall": 1, "cpu": {"encode": 1.5, "decode": 0.5}},
               {"number": 2, "frames": 2, "bits": 1500, "wall": 3, "cpu": {"encode": 4.5, "decode": 1.5}}],
    "frames": {"number": [0, 1, 0, 1], "pass": [1, 1, 2, 2], "type": ["I", "P", "I", "P"], "qp": [40, 44, 20, 30],
               "bits": [6000, 3000, 1000, 500], "encode": [1, 1, 5, 3], "ssim": [0.1, 0.1, 0.9, 0.7], "stall": [8, 8, 2, 4]}})";
  const auto document = compose_run(facts, measured);
  ASSERT_TRUE(document.has_value());
  const auto run = read_run(*document);
  EXPECT_EQ(run.frames, 2U);
  EXPECT_DOUBLE_EQ(run.fps, 0.5);
  EXPECT_DOUBLE_EQ(run.bits_per_second, 750);
  EXPECT_DOUBLE_EQ(run.ssim, 0.8);
  EXPECT_DOUBLE_EQ(run.x265.at("stall"), 3);
  ASSERT_EQ(run.passes.size(), 2U);
  EXPECT_EQ(run.passes[0].number, 1);
  EXPECT_DOUBLE_EQ(run.passes[0].cpu + run.passes[1].cpu, 8);
  ASSERT_EQ(run.types.size(), 4U);
  EXPECT_EQ(run.types[2].pass, 2);
  EXPECT_EQ(run.types[2].count, 1U);
  EXPECT_DOUBLE_EQ(run.types[2].qp, 20);
  EXPECT_THAT(run_table(run), AllOf(HasSubstr("encode 75.0 %"), HasSubstr("I, 1"), HasSubstr("P, 2"), Not(HasSubstr("WPP"))));
}

TEST(RunTest, WhatIsNoProfileIsRefused) {
  for (const char* text : {"", "{}", "[]", "[1]", "{\"hevcpool_profile\": 2}", "x"})
    EXPECT_FALSE(parse_runs(text).has_value()) << text;
  EXPECT_FALSE(compose_run({}, "").has_value());
  EXPECT_FALSE(compose_run({}, "{\"frames\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}").has_value());
}

TEST(RunTest, WrongTypesAreNothing) {
  const auto run = read_run(nlohmann::json::parse(
      R"({"hevcpool_profile": 1, "wall": "x", "stages": [{"name": 1}], "task": {"frames": {"type": [3], "qp": [null], "bits": ["x"], "encode": [1]}}})"));
  EXPECT_EQ(run.wall, 0);
  EXPECT_EQ(run.types.size(), 1U);
}

}  // namespace
}  // namespace hevcpool::profile
