// SPDX-License-Identifier: GPL-2.0-or-later
// `bench --memory`: what one encoder really takes at its peak, by size, preset and depth, beside what the planner
// believes.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

struct MemoryRow {
  int width = 0, height = 0, depth = 8;
  std::string preset;
  double measured = 0, predicted = 0;  // bytes
};

// Makes clips in `folder` and encodes each. Forks a pool of its own: call it while the process has one thread.
Expected<std::vector<MemoryRow>> measure_memory(const std::string& folder);
std::string memory_table(const std::vector<MemoryRow>& rows);

}  // namespace hevcpool::cli
