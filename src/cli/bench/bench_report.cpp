// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_report.h"

#include "cli/bench/statistics.h"
#include "cli/term/text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::ordered_json;

std::string peer_row(const PeerFigures& peer, const PeerFigures& ours) {
  if (!peer.missing.empty()) return fmt::format("  {:<30} {} is not installed\n", peer.name, peer.missing);
  return fmt::format("  {:<30} {:8.2f} {:8.2f} {:>9} {:>9} {:8.4f} {:8.2f}\n", peer.name, median(peer.wall),
                     median(peer.cpu), bytes_text(static_cast<std::uint64_t>(peer.memory)), bytes_text(peer.bytes),
                     peer.ssim, paired_ratio(peer.wall, ours.wall));
}

ordered_json peer_json(const PeerFigures& peer, const PeerFigures& ours) {
  if (!peer.missing.empty()) return {{"name", peer.name}, {"missing", peer.missing}};
  return {{"name", peer.name},
          {"wall", median(peer.wall)},
          {"cpu", median(peer.cpu)},
          {"memory", peer.memory},
          {"bytes", peer.bytes},
          {"ssim", peer.ssim},
          {"ratio", paired_ratio(peer.wall, ours.wall)},
          {"walls", peer.wall},
          {"cpus", peer.cpu}};
}

ordered_json batch_json(const BatchFigures& batch) {
  const PeerFigures& ours = batch.peers.front();
  ordered_json peers = ordered_json::array();
  for (const PeerFigures& peer : batch.peers) peers.push_back(peer_json(peer, ours));
  ordered_json json = {{"name", batch.name}, {"about", batch.about}, {"files", batch.files}, {"peers", peers}};
  if (!batch.limit.empty()) {
    json["limit"] = median(batch.limit);
    json["limits"] = batch.limit;
    json["of_limit"] = paired_ratio(batch.limit, ours.wall);
  }
  return json;
}

ordered_json small_json(const SmallFigures& figures) {
  ordered_json peers = ordered_json::array();
  for (const SmallPeer& peer : figures.peers) {
    if (!peer.missing.empty()) {
      peers.push_back({{"name", peer.name}, {"missing", peer.missing}});
      continue;
    }
    peers.push_back({{"name", peer.name}, {"wall", median(peer.wall)}, {"cpu", median(peer.cpu)},
                     {"ratio", paired_ratio(peer.wall, figures.peers.front().wall)}, {"items", peer.items},
                     {"made", peer.made}, {"walls", peer.wall}, {"cpus", peer.cpu}});
  }
  return {{"name", figures.scenario}, {"about", figures.about}, {"items", figures.items}, {"peers", peers},
          {"notes", figures.notes}};
}

}  // namespace

double paired_ratio(const std::vector<double>& theirs, const std::vector<double>& ours) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(theirs.size(), ours.size()); ++i)
    if (ours[i] > 0) ratios.push_back(theirs[i] / ours[i]);
  return median(ratios);
}

std::string bench_table(const BatchFigures& batch) {
  const PeerFigures& ours = batch.peers.front();
  std::string text = fmt::format("{}: {} ({} files)\n  {:<30} {:>8} {:>8} {:>9} {:>9} {:>8} {:>8}\n", batch.name,
                                 batch.about, batch.files, "", "wall s", "CPU s", "memory", "output", "SSIM", "ratio");
  for (const PeerFigures& peer : batch.peers) text += peer_row(peer, ours);
  if (!batch.limit.empty())
    text += fmt::format("  {:<30} {:8.2f}   hevcpool reaches {:.3f} of it\n", "the limit: the work alone",
                        median(batch.limit), paired_ratio(batch.limit, ours.wall));
  return text;
}

std::string noop_table(const NoopFigures& figures) {
  std::string text = fmt::format("jobs that do nothing, 2 workers\n  {:<30} {:8.0f} jobs/s\n  {:<30} {:8.0f} jobs/s\n",
                                 "hevcpool, submit", figures.jobs_per_second, "hevcpool, map",
                                 figures.mapped_per_second);
  text += figures.python_per_second > 0
              ? fmt::format("  {:<30} {:8.0f} jobs/s   ours: {:.1f} times as many\n", "Python ProcessPoolExecutor",
                            figures.python_per_second, figures.jobs_per_second / figures.python_per_second)
              : "  python3 is not installed\n";
  return text + fmt::format("  {:<30} {:8.0f} µs\n", "submit to first instruction", figures.start_microseconds);
}

std::string small_remark(const SmallPeer& peer, const SmallFigures& figures) {
  std::string text;
  if (peer.items < figures.items) text = fmt::format("measured on {} of {}", peer.items, figures.items);
  if (peer.made > 0) text += fmt::format("{}{} files made", text.empty() ? "" : ", ", peer.made);
  return text;
}

std::string small_table(const SmallFigures& figures) {
  std::string text = fmt::format("{}: {}\n  {:<22}{:>10}{:>10}{:>10}{:>10}\n", figures.scenario, figures.about, "", "wall s",
                                 "CPU s", "a second", "ratio");
  for (const SmallPeer& peer : figures.peers) {
    if (!peer.missing.empty()) {
      text += fmt::format("  {:<22}  not measured: {}\n", peer.name, printable(peer.missing));
      continue;
    }
    const double wall = median(peer.wall), cpu = median(peer.cpu);
    text += fmt::format("  {:<22}{:>10.2f}{:>10}{:>10.0f}{:>10.2f}  {}\n", peer.name, wall,
                        cpu > 0 ? fmt::format("{:.2f}", cpu) : "", wall > 0 ? static_cast<double>(figures.items) / wall : 0,
                        paired_ratio(peer.wall, figures.peers.front().wall), small_remark(peer, figures));
  }
  for (const std::string& note : figures.notes) text += "  " + note + "\n";
  return text;
}

std::string bench_json(const BenchFindings& findings) {
  ordered_json json = {{"cores", findings.settings.cores},
                       {"preset", findings.settings.preset},
                       {"crf", findings.settings.crf},
                       {"rounds", findings.rounds},
                       {"batches", ordered_json::array()}};
  for (const BatchFigures& batch : findings.batches) json["batches"].push_back(batch_json(batch));
  for (const SmallFigures& figures : findings.small) json["small"].push_back(small_json(figures));
  if (findings.noop)
    json["noop"] = {{"jobs_per_second", findings.noop->jobs_per_second},
                    {"mapped_per_second", findings.noop->mapped_per_second},
                    {"python_per_second", findings.noop->python_per_second},
                    {"start_microseconds", findings.noop->start_microseconds}};
  return json.dump(2) + "\n";
}

}  // namespace hevcpool::cli
