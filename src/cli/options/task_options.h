// SPDX-License-Identifier: GPL-2.0-or-later
// What the subcommands other than encode have in common: inputs, output, how to run, what to report.
#pragma once

#include "base/error.h"
#include "plan/paths/inputs.h"

#include <hevcpool/tasks.h>

#include <CLI/CLI.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

struct TaskOptions {
  std::vector<std::string> inputs;        // files, folders, @lists
  std::string output;                     // -o
  Overwrite overwrite = Overwrite::never;
  Limits limits;
  unsigned workers = 0;                   // 0: as many as there are CPUs to use
  int nice = 0;
  bool idle = false;
  Pin pin = Pin::none;
  bool sandbox = true;
  bool require_sandbox = false;
  bool fresh_workers = false;
  bool json = false;
  bool quiet = false;
  bool compact = false;                   // documents on one line each
  bool skip_made = false;                 // a walk passes over what such a command made before
  std::string joblog, succeeded, failed;  // files to write; empty: none
};

// Options of every subcommand; `with_output` adds -o and --overwrite.
void add_task_options(CLI::App& app, TaskOptions& options, bool with_output);
// Reads the command line. Something: the exit code; there is nothing to run.
std::optional<int> parse_command_line(CLI::App& app, int argc, const char* const* argv);

// A moment or span as text ("90", "1:30").
CLI::Option* add_time(CLI::App& app, const std::string& name, double& target, const std::string& help);

struct TaskInput {
  std::string path;
  std::string output;             // by -o; empty: the task's own default
  std::optional<Error> problem;   // known to fail already
  bool named = false;             // an argument itself
};
// The inputs, and for each the name that -o gives with `extension` (with its dot; empty: the input's own) in place
// of the input's. A usage error where -o cannot be meant so.
Expected<std::vector<TaskInput>> expand_task_inputs(const TaskOptions& options, const std::string& extension,
                                                    const std::function<bool(std::string_view)>& accepts = {});


}  // namespace hevcpool::cli
