// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/task_conflicts.h"

#include <fmt/format.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace hevcpool::cli {

Expected<void> settle_conflicts(std::vector<PlannedTask>& tasks) {
  std::unordered_set<std::string> seen;
  std::erase_if(tasks, [&](const PlannedTask& each) {
    return !outputs_of(each.task).empty() && !seen.insert(to_json(each.task)).second;
  });
  std::unordered_map<std::string, std::string> makers;  // inputs by output
  for (const PlannedTask& each : tasks)
    for (const std::string& output : outputs_of(each.task)) {
      const auto [place, added] = makers.emplace(output, input_of(each.task));
      if (!added)
        return fail("usage", "conflict", fmt::format("'{}' and '{}' would both become '{}'", place->second,
                                                     input_of(each.task), output));
    }
  return {};
}

}  // namespace hevcpool::cli
