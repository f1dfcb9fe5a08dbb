// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/job_state.h"

#include <algorithm>
#include <utility>

namespace hevcpool {
namespace {

using Clock = std::chrono::steady_clock;

// A timeout so long that the clock cannot express its end counts as ten years.
Clock::time_point deadline_in(Seconds timeout) {
  const Seconds bounded = std::clamp(timeout, Seconds{0}, Seconds{3.2e8});
  return Clock::now() + std::chrono::duration_cast<Clock::duration>(bounded);
}

// Whoever registered the callback answers for what it throws; the pool's thread must go on.
void run(const JobState::Callback& callback, const JobResult& result) noexcept {
  try {
    callback(result);
  } catch (...) {
  }
}

}  // namespace

std::uint64_t next_job_id() {
  static std::atomic<std::uint64_t> last{0};  // a counter, nothing depends on its history
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

JobState::JobState(std::uint64_t id, std::function<bool()> cancel) : id_(id), cancel_(std::move(cancel)) {}

JobResult JobState::wait() const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done(); });
  return result_;
}

std::optional<JobResult> JobState::wait_for(Seconds timeout) const {
  if (done()) return result_;
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, deadline_in(timeout), [this] { return done(); })) return std::nullopt;
  return result_;
}

bool JobState::request_cancel() { return false; }

bool JobState::cancel() {
  std::function<bool()> cancel;
  {
    std::lock_guard lock(mutex_);
    if (done()) return false;
    cancel = cancel_;
  }
  return cancel ? cancel() : request_cancel();
}

void JobState::set_cancel(std::function<bool()> cancel) {
  std::lock_guard lock(mutex_);
  if (!done()) cancel_.swap(cancel);
}

bool JobState::complete(JobResult result) {
  std::vector<Callback> callbacks;
  std::function<bool()> cancel;  // destroyed without the lock: it may own much
  {
    std::lock_guard lock(mutex_);
    if (done()) return false;
    result_ = std::move(result);
    callbacks.swap(callbacks_);
    cancel.swap(cancel_);
    done_.store(true, std::memory_order_release);
    changed_.notify_all();
  }
  for (const Callback& callback : callbacks) run(callback, result_);
  return true;
}

bool JobState::when_done_later(Callback callback) {
  std::lock_guard lock(mutex_);
  if (done()) return false;
  callbacks_.push_back(std::move(callback));
  return true;
}

void JobState::when_done(Callback callback) {
  {
    std::lock_guard lock(mutex_);
    if (!done()) return callbacks_.push_back(std::move(callback));
  }
  run(callback, result_);
}

}  // namespace hevcpool
