// SPDX-License-Identifier: GPL-2.0-or-later
// Carries out the requests of one step (everything but encodes) on a pool: opens the files when a worker is about
// to take the job, sends it, and publishes what it made.
//
// Threads: one of its own, which flushes and names outputs; it starts with the first output. Public members may be
// called from any thread but that one.
#pragma once

#include "host/serial_queue.h"
#include "pool/host.h"

#include <hevcpool/tasks.h>

#include <sys/types.h>

#include <condition_variable>
#include <memory>
#include <mutex>

namespace hevcpool::host {

class SingleStepJob;

class SingleStepJobs {
 public:
  // `host` must outlive the last job: see finish_all().
  explicit SingleStepJobs(pool::Host& host);

  Job submit(AnyTask request, EncodeCallbacks callbacks = {});
  void wait_until_empty();
  // After the pool has given back everything: waits for the last outputs and ends the thread.
  void finish_all();

 private:
  void ended(const std::shared_ptr<SingleStepJob>& job, const JobResult& result);
  void complete(const std::shared_ptr<SingleStepJob>& job, const JobResult& result);

  pool::Host& host_;
  mode_t mode_;                // of new files, by the process's umask
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::size_t open_ = 0;       // guarded by mutex_
  SerialQueue publisher_;
};

}  // namespace hevcpool::host
