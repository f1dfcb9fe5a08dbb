// SPDX-License-Identifier: GPL-2.0-or-later
// A run, or several beside each other, as text for a terminal. Pure.
#pragma once

#include "profile/compare.h"
#include "profile/run.h"

#include <string>
#include <vector>

namespace hevcpool::profile {

std::string run_table(const Run& run);
// The first run is what the others are compared with.
std::string comparison_table(const std::vector<Run>& runs);

std::string time_text(double seconds);   // "3.21 s", "12.1 ms", "840 µs"

}  // namespace hevcpool::profile
