// SPDX-License-Identifier: GPL-2.0-or-later
// What differs between two runs, the largest difference first. Pure.
#pragma once

#include "profile/run.h"

#include <string>
#include <vector>

namespace hevcpool::profile {

// The time of one stage per frame in both; runs of different lengths are comparable.
struct Difference {
  std::string stage;
  double before = 0, after = 0;  // seconds of CPU per frame; of wall time where it takes no CPU (idle, wait)
  bool is_wall = false;
  double change() const { return after - before; }
};

// By CPU first, in order of the size of the change; what changed only in waiting comes last.
std::vector<Difference> differences(const Run& before, const Run& after);

}  // namespace hevcpool::profile
