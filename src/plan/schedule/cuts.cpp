// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/cuts.h"

#include <algorithm>
#include <cmath>

namespace hevcpool::plan {
namespace {

// A job that is at most so much longer than its fair share stays whole: cutting costs bytes.
constexpr double kTolerance = 1.1;
// Not smaller, so that there are few: what the estimate got wrong is made up by sharing out what is left of the slowest.
constexpr double kShare = 1.0;
// What a worse kind of place costs, as a part of the wanted size that it may be away from the wanted place.
constexpr double kKeyPenalty = 0.12, kInnerPenalty = 0.2;
constexpr double kReach = 0.2;
constexpr double kMostDivision = 4;
constexpr double kFarAway = 1e5;
// Frames. Less than so many are not worth another segment...
constexpr double kWorthSharing = 48;
// ...nor is less than this part of the time that the whole film takes.
constexpr double kIdleShare = 0.06;
// So many are in the encoder's lookahead, or will be before it is told.
constexpr double kAhead = 40;
constexpr double kLeastTaken = 8;

double penalty(CutKind kind) {
  switch (kind) {
    case CutKind::scene: return 0;
    case CutKind::key: return kKeyPenalty;
    case CutKind::inner: return kInnerPenalty;
  }
  return 0;
}

}  // namespace

bool worth_cutting(double cost, const Load& load) { return cost > kTolerance * load.fair(); }

double next_segment(const Load& load, double least) {
  const double fair = load.fair();
  const double large = kShare * fair;
  // The last of many workers to finish is later than the average by more than the last of two: smaller segments then.
  const double floor = least / std::clamp(std::log2(load.slots), 1.0, kMostDivision);
  if (large >= floor) return large;
  // Too little for two rounds of full segments: one round, or two of segments that are not much too small.
  return fair <= 1.5 * floor ? fair : fair / 2;
}

std::size_t choose_cut(const CutMap& map, std::size_t from, std::size_t limit, double wanted) {
  const double rest = map.work(from, limit);
  if (rest <= wanted * (1 + kReach) || wanted <= 0) return limit;
  std::size_t best = limit;
  double best_cost = INFINITY;
  for (std::size_t n = from + 1; n < limit; ++n) {
    const double away = std::abs(map.work(from, n) - wanted) / wanted;
    const double cost = away + penalty(map.points[n].kind);
    if (cost < best_cost) {
      best_cost = cost;
      best = n;
    }
  }
  const double left = map.work(best, limit);
  return best_cost > 1 || left < wanted * kReach ? limit : best;
}

std::optional<std::size_t> choose_new_end(const CutMap& map, std::size_t from, std::size_t to, double done,
                                          unsigned slots) {
  const double here = map.points[from].at + done * map.work(from, to), end = map.points[to].at;
  const double left = end - here;
  const double worth = std::max(kWorthSharing * map.frame, kIdleShare * map.total() / slots);
  if (map.frame <= 0 || left < worth) return std::nullopt;
  const double soonest = here + kAhead * map.frame, latest = end - kLeastTaken * map.frame;
  const double wanted = std::max(here + left / 2, soonest);
  std::optional<std::size_t> best;
  double best_cost = INFINITY;
  for (std::size_t n = from + 1; n < to; ++n) {
    if (map.points[n].at < soonest || map.points[n].at > latest) continue;
    const double cost = std::abs(map.points[n].at - wanted) / left + penalty(map.points[n].kind);
    if (cost < best_cost) best = n, best_cost = cost;
  }
  return best;
}

std::vector<std::size_t> fixed_cuts(const CutMap& map, double distance) {
  std::vector<std::size_t> cuts;
  if (distance <= 0 || map.points.empty()) return cuts;
  double next = map.points.front().at + distance;
  for (std::size_t n = 1; n < map.end(); ++n) {
    if (map.points[n].kind == CutKind::inner || map.points[n].at < next) continue;
    cuts.push_back(n);
    if (map.points[n].at - next > kFarAway * distance) next = map.points[n].at;  // a hole in time: begin anew
    while (next <= map.points[n].at) next += distance;
  }
  return cuts;
}

}  // namespace hevcpool::plan
