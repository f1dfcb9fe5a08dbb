// SPDX-License-Identifier: GPL-2.0-or-later
// How programs take their turns in the small scenarios of `bench`.
#pragma once

#include "cli/bench/bench_contests.h"
#include "cli/bench/bench_process.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

// A program that does all items in one run.
Contestant by_program(std::string name, Command command, std::size_t items, std::string outputs = {});
// This program, with these words; files that fail are no failure of the measurement.
Contestant our_program(std::string name, std::vector<std::string> words, std::size_t items, std::string outputs = {});

struct Words {
  std::vector<std::string> all;
  unsigned per_item = 1;
};
// One process for each item, as many at once as there are cores: `script` finds the item's words as $1, $2... It is
// given the items by the hundred; what would take more than a minute is scaled from those done by then.
Contestant by_xargs(const std::string& tool, const std::string& script, Words words, unsigned cores,
                    std::string outputs = {});

}  // namespace hevcpool::cli
