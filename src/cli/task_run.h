// SPDX-License-Identifier: GPL-2.0-or-later
// Runs any requests on a pool of their own and tells what became of each: the loop of every subcommand but encode.
// Call it once, on the main thread, before the program has others.
#pragma once

#include "cli/task_options.h"

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct PlannedTask {
  AnyTask task;
  std::optional<Error> problem;   // known to fail already
  bool found = false;             // its input by a walk or in a list; else it was named
};

enum class Telling {
  jobs,       // a line for each job
  findings,   // a line for each job, and what the task found
  documents,  // what the task found, and nothing else: for probes
};

struct TaskRunStyle {
  std::string command;            // "hevcpool probe", for messages
  Telling telling = Telling::jobs;
  std::string results;            // JSON lines of all results, added to; empty: none
  bool list_tasks = false;        // the lists of succeeded and failed hold requests as JSON lines, not inputs
  std::vector<std::string> lists = {};         // job files
  std::vector<std::string> read = {};          // other files that say what to do
  std::string when_empty = "no files found";  // what to say where there is nothing to do
};

// Returns the program's exit code.
int run_tasks(std::vector<PlannedTask> tasks, const TaskOptions& options, const TaskRunStyle& style);

// Says what is wrong with the request, and gives the exit code for it.
int refuse(const std::string& command, const std::string& message);

}  // namespace hevcpool::cli
