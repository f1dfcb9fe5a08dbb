// SPDX-License-Identifier: GPL-2.0-or-later
// What `bench --simulate` prints: the real planner with imagined workers on 2 to 128 cores, fed with costs that were
// recorded while real clips were encoded; and what a pool of whole files, in the order given, would take. Pure.
#pragma once

#include "plan/schedule/simulate.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

// Seconds until the last of the films is done when each is one job of one slot, taken in order, and every job takes
// `start` seconds more: xargs -P, or a Python pool.
double pool_of_whole_files(const std::vector<plan::RecordedSource>& films, unsigned slots, double start);

std::string simulation_tables();

}  // namespace hevcpool::cli
