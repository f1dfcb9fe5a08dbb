// SPDX-License-Identifier: GPL-2.0-or-later
// One batch from submission to the last result: the loop of the main thread, which waits for events of the jobs, for
// signals and for slow readers of the output, and tells the reporter. The pool's own threads only put events into
// the queue. Runs once.
//
//   running --signal--> stopping (all jobs cancelled) --second signal--> killed
#pragma once

#include "base/error.h"
#include "cli/report/batch_observer.h"
#include "cli/report/batch_state.h"
#include "cli/report/job_files.h"
#include "cli/term/event_queue.h"
#include "cli/term/output.h"
#include "cli/report/reporter.h"
#include "cli/term/signals.h"
#include "plan/paths/request.h"

#include <hevcpool/pool.h>

#include <memory>
#include <optional>
#include <vector>

namespace hevcpool::cli {

class BatchRun {
 public:
  struct Dependencies {  // all borrowed, all outlive the run
    Pool& pool;
    Signals& signals;
    JobFiles& files;
    Output& out;
    Output& err;
    const ReportStyle& style;
    std::vector<BatchObserver*> observers = {};
  };
  // Must outlive the pool's last callback: shut the pool down first.
  static Expected<std::unique_ptr<BatchRun>> create(const Dependencies& parts, const std::vector<plan::PlannedJob>& jobs);

  void run();
  // After the pool was shut down.
  void finish();

  const Counts& counts() const { return state_.counts(); }
  // The first signal that asked to stop.
  std::optional<int> stopped_by() const { return stopped_by_; }

 private:
  BatchRun(const Dependencies& parts, const std::vector<plan::PlannedJob>& jobs, std::unique_ptr<EventQueue> events);

  void submit_all();
  void submit(std::size_t job);
  void wait();
  void read_news();
  void read_signals();
  void stop(int signal);
  void kill();
  void finished(std::size_t job, const Outcome& outcome);
  void hear(std::size_t job, const EncodePlan& plan);
  void hear(std::size_t job, const Started&);
  void hear(std::size_t job, const EncodeProgress& progress);
  void hear(std::size_t job, const EncodeStep& step);
  void hear(std::size_t job, const JobResult& result);
  void count_waiting();
  bool given_up() const;

  Dependencies dependencies_;
  const std::vector<plan::PlannedJob>& jobs_;
  std::vector<std::string> outputs_;  // as planned, per job
  std::unique_ptr<EventQueue> events_;
  BatchState state_;
  std::unique_ptr<Reporter> reporter_;
  std::optional<int> stopped_by_;
  std::optional<double> killed_at_;
  bool report_failed_ = false;
};

}  // namespace hevcpool::cli
