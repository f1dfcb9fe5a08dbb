// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/compare.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace hevcpool::profile {
namespace {

bool waits(const std::string& stage) { return stage == "idle" || stage == "wait"; }

double per_frame(const Run& run, const std::string& name) {
  const StageFigures* stage = run.stage(name);
  if (stage == nullptr || run.frames == 0) return 0;
  return (waits(name) ? stage->wall : stage->cpu) / static_cast<double>(run.frames);
}

}  // namespace

std::vector<Difference> differences(const Run& before, const Run& after) {
  std::set<std::string> names;
  for (const Run* run : {&before, &after})
    for (const StageFigures& stage : run->stages) names.insert(stage.name);
  std::vector<Difference> list;
  for (const std::string& name : names)
    list.push_back({name, per_frame(before, name), per_frame(after, name), waits(name)});
  std::ranges::stable_sort(list, [](const Difference& a, const Difference& b) {
    if (a.is_wall != b.is_wall) return b.is_wall;
    return std::abs(a.change()) > std::abs(b.change());
  });
  return list;
}

}  // namespace hevcpool::profile
