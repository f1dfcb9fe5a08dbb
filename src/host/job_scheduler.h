// SPDX-License-Identifier: GPL-2.0-or-later
// Carries out the encode jobs of a pool: asks the plan what to do next, opens files, submits steps to the pool,
// commits outputs, and completes the handles that were given out.
//
// Threads: two of its own. One runs everything that concerns the plan and the jobs; the other commits, so that
// flushing a file to the disk keeps no slot waiting. Both start with the first job. Public members may be called
// from any thread but these two.
#pragma once

#include "host/encode_job.h"
#include "host/serial_queue.h"
#include "plan/schedule/scheduler.h"
#include "pool/host.h"

#include <hevcpool/encode.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string_view>

namespace hevcpool::host {

struct JobSchedulerRules {
  std::size_t queue_limit = 0;  // submit() waits while more jobs than that wait for a worker; 0: never
  bool add_threads = true;      // a worker can use more CPUs than one
};

class JobScheduler : public std::enable_shared_from_this<JobScheduler> {
 public:
  // `host` must outlive the job scheduler's last job: see finish_all().
  JobScheduler(pool::Host& host, plan::Limits limits, JobSchedulerRules rules)
      : host_(host), memory_(limits.memory), rules_(rules), scheduler_(limits) {}

  Job submit(Encode encode, EncodeCallbacks callbacks, bool dry_run);
  void cancel(plan::JobId id);
  void cancel_all();
  // Waits until no job is open.
  void wait_until_empty();
  // After the pool has given back everything: waits for the last commits and ends the threads. Later submissions
  // get Failure::pool_lost.
  void finish_all();

 private:
  struct Entry {
    EncodeJob job;
    std::shared_ptr<JobState> state;                    // shared with the handles
    std::shared_ptr<const EncodeCallbacks> callbacks;   // shared with the pool's progress callbacks
  };
  struct Running {
    plan::Run run;
    Job pool_job;
    UniqueFd measured;                                  // empty file for what the worker measures
  };

  void wait_for_room(std::unique_lock<std::mutex>& lock);

  // All of these on the first thread only.
  void add(plan::JobId id, Entry entry);
  void perform(const plan::Actions& actions);
  void perform_one(const plan::Run& run);
  void perform_one(const plan::Stop& stop);
  void perform_one(const plan::MoveEnd& move);
  void perform_one(const plan::Discard& discard);
  void perform_one(const plan::Commit& commit);
  void perform_one(const plan::Finish& finish);
  std::function<void(std::string_view)> progress_forwarder(const plan::Run& run, const Entry& entry);
  void submit_step(const plan::Run& run, Entry& entry, StepRequest request);
  void step_ended(plan::RunId run, const JobResult& result, double end);
  void step_failed(plan::RunId run, Entry& entry, const Running& ended, JobError error);
  void step_judged(plan::RunId run, Entry& entry, const Running& ended, const StepOutcome& outcome, int worker);
  void end_run(plan::RunId run, Entry& entry, const StepOutcome& outcome);
  void commit_ended(plan::JobId id, Expected<CommitReport> report);

  pool::Host& host_;
  const double memory_;
  const JobSchedulerRules rules_;
  plan::Scheduler scheduler_;
  std::map<plan::JobId, Entry> jobs_;
  std::map<plan::RunId, Running> runs_;
  std::set<plan::RunId> stopped_;      // at the batch's wish

  std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t open_ = 0;       // guarded by mutex_: jobs whose result is not set
  bool closed_ = false;        // guarded by mutex_

  SerialQueue committer_;
  SerialQueue loop_;
};

}  // namespace hevcpool::host
