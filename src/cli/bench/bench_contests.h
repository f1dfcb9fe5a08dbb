// SPDX-License-Identifier: GPL-2.0-or-later
// Who takes part in the small scenarios of `bench`, and with what.
#pragma once

#include "cli/bench/bench_small.h"

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::cli {

inline constexpr const char* kCeiling = "in-process";             // the work in a plain loop on each core
inline constexpr const char* kPoolAlone = "the library's pool";   // started before the clock

struct Turn {
  double wall = 0, cpu = 0;  // seconds for all items
  std::size_t items = 0;     // that were done
};
struct Contestant {
  std::string name;
  std::string missing;       // what it needs and is not there; then it is not run
  std::string outputs;       // the folder of what it makes; empty: it makes no files
  std::function<Expected<Turn>()> run;
};
struct Contest {
  std::size_t items = 0;
  std::vector<Contestant> contestants;                         // ours first
  std::function<std::vector<std::string>()> compare_outputs;   // after the last round; may be empty
};

struct SmallScenario {
  const char *name, *about;
  Expected<Contest> (*prepare)(const OutputPlan& plan);
};
const std::vector<SmallScenario>& small_scenarios();

}  // namespace hevcpool::cli
