// SPDX-License-Identifier: GPL-2.0-or-later
// The pool as its host sees it, knowing nothing of video: it forks the supervisor, queues jobs, sends as many as
// the supervisor has room for, and turns what comes back into results. The public Pool is this plus the tasks
// that come with the product.
//
// Lifetime: start() forks, on the main thread, while the process has no other. The I/O thread ("the pool's
// thread") starts with the first submission, so that several pools can be started one after the other. The
// destructor is shutdown(cancel). Threads: every member may be called from any thread; callbacks run on the
// pool's thread, without locks, and may submit and cancel but not wait.
#pragma once

#include "base/error.h"
#include "pool/job_state.h"

#include <hevcpool/pool.h>

#include <memory>
#include <string>
#include <vector>

namespace hevcpool::pool {

// What a worker offers to the function that prepares it.
class WorkerSetupContext {
 public:
  virtual ~WorkerSetupContext() = default;
  virtual int worker() const = 0;                        // slot number
  virtual const std::string& scratch_folder() = 0;       // created on first use, removed with the worker
  virtual std::vector<int> kept_descriptors() const = 0;  // the worker's own: channel and log; never close them
};

// Runs in each worker after worker_start and before the first job, to give up rights. Returns a JSON text that
// says what is active; an error ends the worker, and a pool whose workers all fail so ends with that error.
using WorkerSetup = std::function<Expected<std::string>(WorkerSetupContext&)>;

class Host {
 public:
  // `options.tasks` are merged into `tasks`; of two with one name, the program's own wins.
  // Returns once the first worker is prepared (or has failed to be).
  static Expected<std::unique_ptr<Host>> start(PoolOptions options, TaskTable tasks = {}, WorkerSetup setup = {});
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Job submit(Submission submission);
  Job submit(std::string task, std::string argument_json);
  // Results in the order of the arguments. `chunk` arguments travel as one message.
  std::vector<JobResult> map(const std::string& task, const std::vector<std::string>& arguments, std::size_t chunk = 1);

  void shutdown(Pool::Shutdown how);
  void cancel_all();
  void kill();
  // Stops every worker where it is, or lets them go on.
  void pause(bool paused);

  unsigned workers() const;
  // Whether the calling thread is the pool's: it must not wait for the pool.
  bool on_own_thread() const;
  int supervisor_pid() const;
  std::vector<int> worker_pids() const;  // of the living ones, by slot; -1 for a slot that is being refilled
  // What the first worker's setup returned; "null" without a setup.
  const std::string& setup_report() const;
  // Jobs submitted and not done.
  std::size_t open_jobs() const;
  // True once the supervisor is gone or the pool was shut down: submissions get Failure::pool_lost.
  bool lost() const;

  class Core;

 private:
  explicit Host(std::shared_ptr<Core> core);
  std::shared_ptr<Core> core_;  // shared with the jobs' handles, which may outlive the Host
};

}  // namespace hevcpool::pool
