// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a list of requests as a whole. Pure.
#pragma once

#include "base/error.h"
#include "cli/task_run.h"

#include <vector>

namespace hevcpool::cli {

// Leaves one of requests that are the same. An error where two different ones would make the same file.
Expected<void> settle_conflicts(std::vector<PlannedTask>& tasks);

}  // namespace hevcpool::cli
