// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/single_step_jobs.h"

#include "host/single_step_job.h"
#include "tasks/encode_json.h"

#include <sys/stat.h>

#include <utility>

namespace hevcpool::host {
namespace {

// There is no other way to ask for it.
mode_t mode_by_umask() {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return 0666 & ~mask;
}

std::function<void(std::string_view)> progress_reader(std::function<void(const EncodeProgress&)> on_progress) {
  if (!on_progress) return {};
  return [on_progress = std::move(on_progress)](std::string_view text) {
    if (const auto message = tasks::from_text<tasks::ProgressMessage>(text)) on_progress(message->progress);
  };
}

Submission submission_for(const std::shared_ptr<SingleStepJob>& job, EncodeCallbacks callbacks) {
  Submission out;
  out.on_start = std::move(callbacks.on_start);
  out.on_progress = progress_reader(std::move(callbacks.on_progress));
  out.task = job->task_name();
  out.argument = job->argument();
  out.open_descriptors = [job](unsigned) { return job->open(); };
  out.opens_early = !job->has_outputs();
  out.retries = job->limits().retries;
  out.timeout = job->limits().timeout;
  out.stall_timeout = job->limits().stall_timeout;
  return out;
}

}  // namespace

SingleStepJobs::SingleStepJobs(pool::Host& host) : host_(host), mode_(mode_by_umask()) {}

Job SingleStepJobs::submit(AnyTask request, EncodeCallbacks callbacks) {
  auto job = std::make_shared<SingleStepJob>(std::move(request), mode_);  // shared by the pool's callbacks and ours
  job->state = std::make_shared<JobState>(next_job_id());
  {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  Job handle(job->state);
  const Job pool_job = host_.submit(submission_for(job, std::move(callbacks)));
  handle.state()->set_cancel([pool_job] { return pool_job.cancel(); });
  pool_job.when_done([this, job](const JobResult& result) { ended(job, result); });
  return handle;
}

// On the pool's thread: what has to be flushed goes to the other one.
void SingleStepJobs::ended(const std::shared_ptr<SingleStepJob>& job, const JobResult& result) {
  if (result.error || !job->has_outputs()) return complete(job, result);
  publisher_.post([this, job, result] { complete(job, result); });
}

void SingleStepJobs::complete(const std::shared_ptr<SingleStepJob>& job, const JobResult& result) {
  job->state->complete(job->finish(result));
  const std::lock_guard lock(mutex_);
  --open_;
  emptied_.notify_all();
}

void SingleStepJobs::wait_until_empty() {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return open_ == 0; });
}

void SingleStepJobs::finish_all() {
  wait_until_empty();
  publisher_.stop();
}

}  // namespace hevcpool::host
