// SPDX-License-Identifier: GPL-2.0-or-later
// What became of a job. A JobResult is a plain value: a job that failed, crashed its worker, ran out of time or
// was cancelled has one too, saying so; nothing is thrown unless value() is asked for.
#pragma once

#include <hevcpool/export.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hevcpool {

enum class Failure {
  task,       // the task returned an error
  exception,  // the task threw; message is what()
  crash,      // the worker died: code is the signal's name ("SIGSEGV"), or "exit 3"
  timeout,    // the job's time limit or stall limit passed; code is "timeout" or "stall_timeout"
  cancelled,  // cancelled, before or while it ran
  pool_lost,  // the supervisor died, or the pool was shut down under the job
  refused,    // never started: a bad request; code and message say what is wrong with it
};
HEVCPOOL_API std::string_view to_string(Failure failure);

struct JobError {
  Failure kind = Failure::task;
  std::string stage;    // where it failed: "open", "decode", "encode", "commit"...; empty when unknown
  std::string code;     // for programs
  std::string message;  // for people, one line
  std::string log;      // the last lines that the libraries and the task logged, newest last; of a crash also its
                        // backtrace, where the signal lets one be had; may be empty
  std::int64_t frame = -1;  // of a crash or a timeout: the frame that was at work, from 1; -1 unknown
};

// What the last attempt used, as the kernel counts it for the worker process.
struct Usage {
  double wall_seconds = 0;
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t peak_rss_bytes = 0;
};

// Thrown by JobResult::value() only.
class HEVCPOOL_API JobFailed : public std::runtime_error {
 public:
  explicit JobFailed(JobError error);
  const JobError& error() const { return error_; }

 private:
  JobError error_;
};

struct HEVCPOOL_API JobResult {
  std::string body;               // what the task returned, a JSON text; empty on failure
  std::optional<JobError> error;  // set exactly when the job did not succeed
  unsigned attempts = 0;          // how often it was started; 0 when it never ran
  int worker = -1;                // slot that ran the last attempt
  Usage usage;

  bool ok() const { return !error; }
  // The body, or throws JobFailed.
  const std::string& value() const;
};

}  // namespace hevcpool
