// SPDX-License-Identifier: GPL-2.0-or-later
// How a command reports on its tasks.
#pragma once

#include <string>
#include <vector>

namespace hevcpool::cli {

enum class OutputMode {
  jobs,       // a line for each job
  findings,   // a line for each job, and what the task found
  documents,  // what the task found, and nothing else: for probes
};

struct RunOptions {
  std::string command;            // "hevcpool probe", for messages
  OutputMode output_mode = OutputMode::jobs;
  std::string results;            // JSON lines of all results, added to; empty: none
  bool list_tasks = false;        // the lists of succeeded and failed hold requests as JSON lines, not inputs
  std::vector<std::string> lists = {};         // job files
  std::vector<std::string> read = {};          // other files that say what to do
  std::string when_empty = "no files found";  // what to say where there is nothing to do
};

}  // namespace hevcpool::cli
