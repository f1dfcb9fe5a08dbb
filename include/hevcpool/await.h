// SPDX-License-Identifier: GPL-2.0-or-later
// co_await for jobs: `JobResult result = co_await job;`. The coroutine goes on on the pool's thread, where it must
// not block; one that wants another thread switches to it itself. Where the job is done already it just goes on.
// Submit in a statement of its own: g++ 12 destroys aggregates that are made within a co_await expression twice.
#pragma once

#include <hevcpool/pool.h>

#include <coroutine>

namespace hevcpool {

class JobAwaiter {
 public:
  explicit JobAwaiter(Job job) : job_(std::move(job)) {}
  bool await_ready() const { return job_.done(); }
  // The awaiter may be gone as soon as the callback is registered: nothing of it is touched after that.
  bool await_suspend(std::coroutine_handle<> waiting) {
    const Job job = job_;
    return job.when_done_later([waiting](const JobResult&) { waiting.resume(); });
  }
  JobResult await_resume() const { return job_.result(); }

 private:
  Job job_;
};

inline JobAwaiter operator co_await(Job job) { return JobAwaiter(std::move(job)); }

}  // namespace hevcpool
