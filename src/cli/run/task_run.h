// SPDX-License-Identifier: GPL-2.0-or-later
// Runs any requests on a pool of their own and tells what became of each: the loop of every subcommand but encode.
// Call it once, on the main thread, before the program has others.
#pragma once

#include "cli/jobs/planned_task.h"
#include "cli/options/task_options.h"
#include "cli/report/run_options.h"

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

// Returns the program's exit code.
int run_tasks(std::vector<PlannedTask> tasks, const TaskOptions& options, const RunOptions& style);

// Says what is wrong with the request, and gives the exit code for it.
int refuse(const std::string& command, const std::string& message);

}  // namespace hevcpool::cli
