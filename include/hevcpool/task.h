// SPDX-License-Identifier: GPL-2.0-or-later
// A task is a function that a worker process runs, registered by name before the pool forks. It sees a
// TaskContext: its argument, the descriptors that came with the job, and the ways to report progress and to
// notice that it should stop. It returns its result as JSON text, or an error; an exception that escapes it
// becomes Failure::exception.
#pragma once

#include <hevcpool/export.h>

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace hevcpool {

struct TaskError {
  std::string stage;
  std::string code;
  std::string message;
  std::string log;
};

// The result of a task: JSON text, or why there is none.
using TaskResult = std::variant<std::string, TaskError>;

class HEVCPOOL_API TaskContext {
 public:
  virtual ~TaskContext() = default;
  // The job's argument, JSON text. Valid while the task runs.
  virtual std::string_view argument() const = 0;
  // Descriptors that came with the job, in the order they were given. The worker closes them afterwards; a task
  // that wants to keep one duplicates it.
  virtual std::span<const int> descriptors() const = 0;
  // Sends a progress message (JSON text of at most 64 KiB) to the host; also resets the job's stall limit. Never
  // blocks: when the way is full the newest message replaces older unsent ones.
  virtual void progress(std::string_view json) = 0;
  // True once the job was cancelled or its time is up: return soon, with any result. (TERM and KILL follow.)
  virtual bool cancelled() const = 0;
  // The worker's own folder for scratch files, created on first use and removed with the worker.
  virtual const std::string& scratch_folder() = 0;
  // The slot number of this worker, 0-based.
  virtual int worker() const = 0;
};

using Task = std::function<TaskResult(TaskContext&)>;
using TaskTable = std::map<std::string, Task, std::less<>>;

}  // namespace hevcpool
