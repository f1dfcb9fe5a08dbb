// SPDX-License-Identifier: GPL-2.0-or-later
// A job file: one JSON object or one plain path per line. Read and checked as a whole before anything starts.
#pragma once

#include "base/error.h"

#include <hevcpool/tasks.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

struct BatchJob {
  AnyTask task;
  std::size_t line = 0;   // 1-based
  std::string file = {};  // where several are read at once
};
struct BatchFile {
  std::vector<BatchJob> jobs;
  std::vector<std::string> problems;  // "line 3: width: must be a whole number"; one for each wrong line
};

// `defaults` is JSON text as parse_task() takes it; `plain_task` is what becomes of a line that is only a path.
// Empty lines and those that begin with # are passed over.
BatchFile read_batch(std::string_view text, const std::string& defaults, const std::string& plain_task);

// Drops what is asked for twice. What is wrong with the rest as a whole, by lines: files that one job would make and
// another makes or reads.
std::vector<std::string> settle_jobs(std::vector<BatchJob>& jobs);

// Defaults from a file's text: JSON, or TOML where the name ends so ([thumbnail] then width = 320; [all] for every
// task).
Expected<std::string> read_defaults(const std::string& name, const std::string& text);

// The same with the limits that the command line gives, for jobs that have none of their own.
std::string with_limits(const std::string& defaults, const Limits& limits);

// The keys (key_of()) of what succeeded or was skipped, by the lines of an earlier run's results.
std::set<std::string> done_keys(std::string_view results);
// Equal for equal requests, whatever limits they run under.
std::string key_of(const AnyTask& task);

}  // namespace hevcpool::cli
