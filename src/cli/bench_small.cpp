// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench_small.h"

#include "cli/bench_contests.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

std::size_t count_files(const std::string& folder) {
  std::error_code none;
  if (folder.empty() || !fs::is_directory(folder, none)) return 0;
  const auto written = [](const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_regular_file(ignored) && entry.file_size(ignored) > 0;
  };
  return static_cast<std::size_t>(std::ranges::count_if(fs::directory_iterator(folder, none), written));
}

void take_turn(const Contestant& contestant, SmallPeer& peer) {
  const auto turn = contestant.run();
  if (!turn) {
    peer.missing = turn.error().message;
    return;
  }
  peer.wall.push_back(turn->wall);
  peer.cpu.push_back(turn->cpu);
  peer.items = turn->items;
}

// Turn by turn, so that whatever else the machine does meets all alike.
SmallFigures run_rounds(const SmallPlan& plan, const Contest& contest) {
  SmallFigures figures{.scenario = plan.scenario, .about = {}, .items = contest.items, .peers = {}, .notes = {}};
  for (const Contestant& each : contest.contestants)
    figures.peers.push_back({.name = each.name, .missing = each.missing, .wall = {}, .cpu = {}});
  for (unsigned round = 0; round < plan.rounds; ++round)
    for (std::size_t i = 0; i < contest.contestants.size(); ++i) {
      if (!figures.peers[i].missing.empty()) continue;
      plan.say(fmt::format("{}, round {} of {}: {}", plan.scenario, round + 1, plan.rounds, figures.peers[i].name));
      take_turn(contest.contestants[i], figures.peers[i]);
    }
  for (std::size_t i = 0; i < contest.contestants.size(); ++i)
    figures.peers[i].made = count_files(contest.contestants[i].outputs);
  return figures;
}

}  // namespace

std::vector<std::string> small_scenario_names() {
  std::vector<std::string> names;
  for (const SmallScenario& each : small_scenarios()) names.emplace_back(each.name);
  return names;
}

Expected<SmallFigures> run_small(const SmallPlan& plan) {
  for (const SmallScenario& each : small_scenarios()) {
    if (each.name != plan.scenario) continue;
    plan.say("making what " + plan.scenario + " needs");
    HEVCPOOL_ASSIGN(const Contest contest, each.prepare(plan));
    auto figures = run_rounds(plan, contest);
    if (!figures.peers.front().missing.empty()) return fail("bench", "failed", figures.peers.front().missing);
    figures.about = each.about;
    plan.say(plan.scenario + ": comparing what was made");
    if (contest.compare_outputs) figures.notes = contest.compare_outputs();
    return figures;
  }
  return fail("bench", "usage", "there is no scenario " + plan.scenario);
}

}  // namespace hevcpool::cli
