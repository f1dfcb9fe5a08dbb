// SPDX-License-Identifier: GPL-2.0-or-later
// What a Job handle points at: an identity, a result that is set once, and those who wait for it. Made by the
// pool for its jobs, and by anyone else who wants to hand out a Job (a job scheduler whose job is many of the pool's).
// Shared by handles and maker; every member may be called from any thread, and no callback runs under a lock.
#pragma once

#include <hevcpool/pool.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace hevcpool {

class JobState {
 public:
  using Callback = std::function<void(const JobResult&)>;

  // `cancel` is what Job::cancel() does: it asks for the end and returns whether that made sense; the result
  // comes later, through complete(). It is dropped with the result, so it may own what it needs.
  explicit JobState(std::uint64_t id, std::function<bool()> cancel = {});
  virtual ~JobState() = default;
  JobState(const JobState&) = delete;
  JobState& operator=(const JobState&) = delete;

  std::uint64_t id() const { return id_; }
  bool done() const { return done_.load(std::memory_order_acquire); }
  JobResult wait() const;
  std::optional<JobResult> wait_for(Seconds timeout) const;
  // False when the job is done already, or nobody can cancel it.
  bool cancel();
  void set_cancel(std::function<bool()> cancel);

  // Sets the result, wakes who waits and runs the callbacks, on this thread. The first call wins; returns
  // whether this was it.
  bool complete(JobResult result);
  // Calls `callback` once: on the completing thread, or at once here when the result is there already.
  void when_done(Callback callback);
  // The same, but leaves `callback` uncalled and returns false when the job is done already.
  bool when_done_later(Callback callback);
  // Only when done().
  const JobResult& result() const { return result_; }

 protected:
  // For makers that cancel without a function of their own; called without locks, before the job is done.
  virtual bool request_cancel();

 private:
  const std::uint64_t id_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::atomic<bool> done_{false};
  JobResult result_;                  // written once, before done_
  std::vector<Callback> callbacks_;   // emptied by complete()
  std::function<bool()> cancel_;
};

// Ids for jobs that are not the pool's own are drawn from here too, so that they are unique in the process.
std::uint64_t next_job_id();

}  // namespace hevcpool
