// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_small.h"

#include "cli/bench/bench_contests.h"
#include "cli/bench/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>

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
SmallFigures run_rounds(const OutputPlan& plan, const Contest& contest) {
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

// How near the whole program, and its pool alone, come to the loop that has no tool around it.
void note_ceiling(SmallFigures& figures) {
  const auto named = [&](std::string_view name) {
    return std::ranges::find(figures.peers, name, [](const SmallPeer& peer) { return std::string_view(peer.name); });
  };
  const auto ceiling = named(kCeiling), pool = named(kPoolAlone);
  if (ceiling == figures.peers.end() || ceiling->wall.empty()) return;
  std::string note = fmt::format("{:.2f} of the in-process ceiling is reached",
                                 paired_ratio(ceiling->wall, figures.peers.front().wall));
  if (pool != figures.peers.end() && !pool->wall.empty())
    note += fmt::format(", {:.2f} by the pool alone", paired_ratio(ceiling->wall, pool->wall));
  figures.notes.push_back(std::move(note));
}

}  // namespace

std::vector<std::string> small_scenario_names() {
  std::vector<std::string> names;
  for (const SmallScenario& each : small_scenarios()) names.emplace_back(each.name);
  return names;
}

Expected<SmallFigures> run_small(const OutputPlan& plan) {
  for (const SmallScenario& each : small_scenarios()) {
    if (each.name != plan.scenario) continue;
    plan.say("making what " + plan.scenario + " needs");
    HEVCPOOL_ASSIGN(const Contest contest, each.prepare(plan));
    auto figures = run_rounds(plan, contest);
    if (!figures.peers.front().missing.empty()) return fail("bench", "failed", figures.peers.front().missing);
    figures.about = each.about;
    plan.say(plan.scenario + ": comparing what was made");
    if (contest.compare_outputs) figures.notes = contest.compare_outputs();
    note_ceiling(figures);
    return figures;
  }
  return fail("bench", "usage", "there is no scenario " + plan.scenario);
}

}  // namespace hevcpool::cli
