// SPDX-License-Identifier: GPL-2.0-or-later
// A sweep: speed against size against SSIM. Pure.
#pragma once

#include "profile/run.h"

#include <string>
#include <vector>

namespace hevcpool::profile {

// For each run: no other is at least as fast, as small and as good, and better in one of these. Runs without SSIM
// are judged by speed and size.
std::vector<bool> pareto_front(const std::vector<Run>& runs);

// A line per run, those of the front marked.
std::string sweep_table(const std::vector<Run>& runs);

}  // namespace hevcpool::profile
