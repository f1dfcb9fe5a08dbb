// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/pareto.h"

#include "profile/table.h"

#include <fmt/format.h>

#include <algorithm>

namespace hevcpool::profile {
namespace {

bool dominates(const Run& a, const Run& b) {
  const bool as_good = a.fps >= b.fps && a.bytes_out <= b.bytes_out && a.ssim >= b.ssim;
  const bool better = a.fps > b.fps || a.bytes_out < b.bytes_out || a.ssim > b.ssim;
  return as_good && better;
}

}  // namespace

std::vector<bool> pareto_front(const std::vector<Run>& runs) {
  std::vector<bool> front;
  for (const Run& run : runs)
    front.push_back(std::ranges::none_of(runs, [&](const Run& other) { return dominates(other, run); }));
  return front;
}

std::string sweep_table(const std::vector<Run>& runs) {
  const std::vector<bool> front = pareto_front(runs);
  std::string text = fmt::format("{:<36}{:>8}{:>10}{:>12}{:>10}{:>10}  {}\n", "run", "fps", "CPU", "bytes", "kb/s",
                                 "SSIM", "Pareto");
  for (std::size_t n = 0; n < runs.size(); ++n)
    text += fmt::format("{:<36}{:>8.1f}{:>10}{:>12}{:>10.0f}{:>10}  {}\n", runs[n].label, runs[n].fps,
                        time_text(runs[n].cpu), runs[n].bytes_out, runs[n].bits_per_second / 1000,
                        runs[n].ssim > 0 ? fmt::format("{:.5f}", runs[n].ssim) : "-", front[n] ? "*" : "");
  return text;
}

}  // namespace hevcpool::profile
