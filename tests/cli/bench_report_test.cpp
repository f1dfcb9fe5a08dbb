// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_page.h"
#include "cli/bench/bench_report.h"
#include "cli/bench/bench_scenarios.h"
#include "cli/bench/bench_simulate.h"
#include "cli/bench/process_tree.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using ::testing::HasSubstr;

BenchFindings findings() {
  BatchFigures batch{"mixed", "a <few> clips", 3, {4.5, 4.7, 4.6}, {}};
  batch.peers.push_back({"hevcpool", "", {5, 5, 5}, {9, 9, 9}, 2e8, 1000, 0.98});
  batch.peers.push_back({"ffmpeg", "", {10, 9, 12}, {9, 9, 9}, 1e8, 1100, 0.97});
  batch.peers.push_back({"HandBrakeCLI", "HandBrakeCLI", {}, {}, 0, 0, 0});
  SmallFigures small{"probe", "metadata", 1000, {}, {"all <the> same"}};
  small.peers.push_back({"hevcpool probe", "", {1, 2, 1}, {2, 2, 2}, 1000, 7});
  small.peers.push_back({"xargs ffprobe", "", {30, 30, 30}, {0, 0, 0}, 300, 0});
  small.peers.push_back({"Pillow", "python3-pil", {}, {}, 0, 0});
  return {{"medium", 28, 2}, 3, {batch}, {}, {small}};
}

TEST(BenchReportTest, RatiosAreMediansOfPairs) {
  EXPECT_DOUBLE_EQ(paired_ratio({10, 9, 12}, {5, 3, 6}), 2);
  EXPECT_DOUBLE_EQ(paired_ratio({}, {1}), 0);
}

TEST(BenchReportTest, TheTableNamesWhatIsNotInstalled) {
  const std::string table = bench_table(findings().batches.front());
  EXPECT_THAT(table, HasSubstr("HandBrakeCLI is not installed"));
  EXPECT_THAT(table, HasSubstr("reaches 0.920 of it"));
}

TEST(BenchReportTest, JsonHoldsEveryValue) {
  const auto json = nlohmann::json::parse(bench_json(findings()));
  const auto& batch = json["batches"][0];
  EXPECT_DOUBLE_EQ(batch["of_limit"].get<double>(), 0.92);
  EXPECT_EQ(batch["peers"][1]["walls"].size(), 3U);
  EXPECT_DOUBLE_EQ(batch["peers"][1]["ratio"].get<double>(), 2);
  EXPECT_DOUBLE_EQ(batch["peers"][0]["memory"].get<double>(), 2e8);
}

TEST(BenchReportTest, ThePageIsWholeAndEscaped) {
  const std::string page = bench_page(findings());
  EXPECT_THAT(page, HasSubstr("a &lt;few&gt; clips"));
  EXPECT_THAT(page, HasSubstr("width:50.0%"));
  EXPECT_TRUE(page.ends_with("</html>\n"));
}

TEST(BenchReportTest, SmallScenariosSayWhatWasMeasured) {
  const std::string table = small_table(findings().small.front());
  EXPECT_THAT(table, HasSubstr("measured on 300 of 1000"));
  EXPECT_THAT(table, HasSubstr("7 files made"));
  EXPECT_THAT(table, HasSubstr("not measured: python3-pil"));
  EXPECT_THAT(table, HasSubstr("all <the> same"));
}

TEST(BenchReportTest, SmallScenariosAreInJsonAndOnThePage) {
  const auto json = nlohmann::json::parse(bench_json(findings()));
  const auto& peers = json["small"][0]["peers"];
  EXPECT_DOUBLE_EQ(peers[1]["ratio"].get<double>(), 30);
  EXPECT_EQ(peers[1]["items"], 300);
  EXPECT_EQ(peers[2]["missing"], "python3-pil");
  EXPECT_THAT(bench_page(findings()), HasSubstr("all &lt;the&gt; same"));
}

TEST(BenchScenariosTest, AllMeansEachOnce) {
  EXPECT_EQ(scenarios({"all"}).size(), scenario_names().size());
  const auto many = scenarios({"many"});
  ASSERT_EQ(many.size(), 1U);
  EXPECT_EQ(many[0].clips.size() * many[0].copies, 500U);
}

TEST(BenchSimulateTest, APoolOfWholeFilesWaitsForTheLast) {
  plan::RecordedSource small, large;
  small.seconds = {0, 1};
  large.seconds = {0, 10};
  EXPECT_DOUBLE_EQ(pool_of_whole_files({small, small, large}, 2, 0), 11);
  EXPECT_DOUBLE_EQ(pool_of_whole_files({small}, 2, 0.5), 1.5);
}

TEST(ProcessTreeTest, ItselfComesFirstAndHoldsMemory) {
  EXPECT_EQ(process_tree(::getpid()).front(), ::getpid());
  EXPECT_GT(tree_memory(::getpid()), 1e5);
}

}  // namespace
}  // namespace hevcpool::cli
