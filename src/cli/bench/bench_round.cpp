// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_round.h"

#include "cli/bench/bench_quality.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

// Emptied for every turn, so that none finds another's files.
Expected<std::string> fresh_folder(const BatchPlan& plan) {
  const fs::path folder = fs::path(plan.folder) / "out";
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directories(folder, error);
  if (error) return fail_errno("bench", folder.native(), error.value());
  return folder.native();
}

// All write MKV: it holds whatever the sources have.
std::vector<Conversion> conversions(const BatchPlan& plan, const std::string& folder) {
  std::vector<Conversion> files;
  for (const std::string& input : plan.inputs)
    files.push_back({input, (fs::path(folder) / fs::path(input).stem()).native() + ".mkv"});
  return files;
}

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) bytes += entry.file_size();
  return bytes;
}

Expected<void> take_turn(const BatchPlan& plan, const BenchSettings& settings, const Peer& peer, PeerFigures& figures) {
  const bool first = figures.wall.empty();
  HEVCPOOL_ASSIGN(const std::string folder, fresh_folder(plan));
  HEVCPOOL_ASSIGN(const Measured measured, measure(peer.command(conversions(plan, folder), settings),
                                                   first ? Watch::memory : Watch::time));
  figures.wall.push_back(measured.wall);
  figures.cpu.push_back(measured.cpu);
  if (!first) return {};
  figures.memory = measured.memory;
  figures.bytes = bytes_in(folder);
  figures.ssim = mean_ssim(plan.inputs, folder);
  return {};
}

Expected<double> limit(const BatchPlan& plan, const BenchSettings& settings) {
  std::map<std::string, double> known;  // of copies only the first is measured
  double work = 0;
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    const std::string& original = plan.inputs[plan.originals > 0 ? i % plan.originals : i];
    if (!known.contains(original)) {
      HEVCPOOL_ASSIGN(known[original], work_seconds(original, plan.folder, settings));
    }
    work += known[original];
  }
  return work / settings.cores;
}

bool takes_part(const BatchPlan& plan, const Peer& peer) {
  const bool ours = &peer == &peers().front();
  return ours || plan.peers.empty() || std::ranges::find(plan.peers, peer.word) != plan.peers.end();
}

}  // namespace

Expected<BatchFigures> run_batch(const BatchPlan& plan, const BenchSettings& settings) {
  BatchFigures figures{plan.name, plan.about, plan.inputs.size(), {}, {}};
  std::vector<const Peer*> contestants;
  for (const Peer& peer : peers())
    if (takes_part(plan, peer)) contestants.push_back(&peer);
  for (const Peer* peer : contestants) figures.peers.push_back({peer->name, missing_program(*peer), {}, {}, 0, 0, 0});
  for (unsigned round = 0; round < plan.rounds; ++round) {
    for (std::size_t turn = 0; turn < contestants.size(); ++turn) {
      const std::size_t i = (turn + round) % contestants.size();  // nobody is always first
      if (!figures.peers[i].missing.empty()) continue;
      plan.say(fmt::format("{}, round {} of {}: {}", plan.name, round + 1, plan.rounds, contestants[i]->name));
      HEVCPOOL_CHECK(take_turn(plan, settings, *contestants[i], figures.peers[i]));
    }
    if (!plan.measure_limit) continue;
    plan.say(fmt::format("{}, round {} of {}: the work alone", plan.name, round + 1, plan.rounds));
    HEVCPOOL_ASSIGN(const double seconds, limit(plan, settings));
    figures.limit.push_back(seconds);
  }
  return figures;
}

}  // namespace hevcpool::cli
