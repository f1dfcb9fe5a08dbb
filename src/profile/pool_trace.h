// SPDX-License-Identifier: GPL-2.0-or-later
// The trace of a pool: a track for each worker with its steps and, inside them, stages; below it a track for each of
// x265's frame threads with its frames; and how many jobs wait. Jobs are measured coarsely enough that ten minutes
// stay below 50 MB, whatever the number of workers; the longer a batch, the coarser. One thread.
#pragma once

#include "profile/trace_file.h"

#include <map>
#include <memory>
#include <set>
#include <string>

namespace hevcpool::profile {

struct TracedStep {
  std::string name;        // of the step
  std::string input;       // what it works on, for people
  int worker = 0;
  double begin = 0, end = 0;
  bool ok = true;
  std::string measured;    // by the worker; may be empty
};

class PoolTrace {
 public:
  static Expected<std::unique_ptr<PoolTrace>> create(const std::string& path, double zero);

  void begin(unsigned workers);
  void step(const TracedStep& step);
  void waiting(std::size_t jobs, double now);
  std::uint64_t bytes() const { return file_->bytes(); }
  Expected<void> finish() { return file_->finish(); }

 private:
  explicit PoolTrace(std::unique_ptr<TraceFile> file) : file_(std::move(file)) {}
  void draw(const TracedStep& step);
  int lane(int worker, std::size_t number);

  std::unique_ptr<TraceFile> file_;
  std::set<int> named_;
  double last_count_ = 0;
  std::map<int, double> ends_;  // of the last step of each worker
};

// Seconds: how long a slice must be to be kept by itself, for so many workers.
double trace_resolution(unsigned workers);

}  // namespace hevcpool::profile
