// SPDX-License-Identifier: GPL-2.0-or-later
// A job file: one JSON object or one plain path per line. Read and checked as a whole before anything starts.
#pragma once

#include "cli/jobs/batch_defaults.h"

#include <hevcpool/tasks.h>

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

// `plain_task` is what becomes of a line that is only a path. Empty lines and those that begin with # are passed over.
// What is wrong with a default is a problem once, with its own place.
// `file` is what messages call the whole; empty: nothing.
BatchFile read_batch(std::string_view text, const Defaults& defaults, const std::string& plain_task,
                     const std::string& file = {});

// Drops what is asked for twice. What is wrong with the rest as a whole, by lines: files that one job would make and
// another makes or reads.
std::vector<std::string> settle_jobs(std::vector<BatchJob>& jobs);

}  // namespace hevcpool::cli
