// SPDX-License-Identifier: GPL-2.0-or-later
// What every media task does around its work: read the argument, count the descriptors, put the last log lines
// into an error, report progress at a bearable rate.
#pragma once

#include "base/error.h"
#include "tasks/encode_json.h"

#include <hevcpool/task.h>

#include <chrono>
#include <cstddef>

namespace hevcpool::tasks {

// An error as the pool takes it. `log` may be empty.
TaskError task_error(const Error& error, std::string log = {});

// At least `count` descriptors, or an error that says so.
Expected<void> need_descriptors(const TaskContext& context, std::size_t count);

// Passes progress on to the host, at most ten times a second; the first message, sent at once, names the worker.
class ProgressSender {
 public:
  explicit ProgressSender(TaskContext& context);
  void send(const EncodeProgress& progress);

 private:
  TaskContext& context_;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace hevcpool::tasks
