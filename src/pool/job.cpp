// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/job_state.h"

namespace hevcpool {
namespace {

JobResult no_job() {
  JobResult result;
  result.error = JobError{Failure::refused, "pool", "no_job", "an empty handle has no job", {}};
  return result;
}

}  // namespace

std::uint64_t Job::id() const { return state_ ? state_->id() : 0; }
bool Job::done() const { return !state_ || state_->done(); }
std::optional<JobResult> Job::result(Seconds timeout) const { return state_ ? state_->wait_for(timeout) : no_job(); }
JobResult Job::result() const { return state_ ? state_->wait() : no_job(); }
bool Job::cancel() const { return state_ && state_->cancel(); }

void Job::when_done(std::function<void(const JobResult&)> callback) const {
  if (state_) return state_->when_done(std::move(callback));
  callback(no_job());
}

bool Job::when_done_later(std::function<void(const JobResult&)> callback) const {
  return state_ && state_->when_done_later(std::move(callback));
}

}  // namespace hevcpool
