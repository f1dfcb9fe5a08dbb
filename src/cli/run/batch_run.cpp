// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/run/batch_run.h"

#include "base/clock.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <chrono>
#include <csignal>
#include <utility>

namespace hevcpool::cli {
namespace {

constexpr int kTickMilliseconds = 100;
constexpr double kKillSeconds = 10;  // what a killed pool may still take to say that it is gone

double size_of(const std::string& path) {
  struct stat status{};
  return ::stat(path.c_str(), &status) == 0 ? static_cast<double>(status.st_size) : 0;
}

}  // namespace

Expected<std::unique_ptr<BatchRun>> BatchRun::create(const Parts& parts,
                                                     const std::vector<plan::PlannedJob>& jobs) {
  HEVCPOOL_ASSIGN(auto mailbox, Mailbox::create());
  return std::unique_ptr<BatchRun>(new BatchRun(parts, jobs, std::move(mailbox)));
}

BatchRun::BatchRun(const Parts& parts, const std::vector<plan::PlannedJob>& jobs, std::unique_ptr<Mailbox> mailbox)
    : parts_(parts), jobs_(jobs), outputs_(jobs.size()), mailbox_(std::move(mailbox)), state_(steady_seconds()),
      reporter_(make_reporter(parts.style, parts.out, parts.err, state_)) {}

void BatchRun::run() {
  for (const plan::PlannedJob& job : jobs_) state_.add(job.encode.input, size_of(job.encode.input));
  for (BatchObserver* observer : parts_.observers) {
    observer->begin(parts_.pool.workers(), steady_seconds());
    for (std::size_t job = 0; job < jobs_.size(); ++job) observer->added(job, jobs_[job].encode.input);
  }
  reporter_->begin(jobs_.size(), parts_.pool.workers(), parts_.pool.sandbox());
  submit_all();
  while (state_.counts().done() < jobs_.size() && !given_up()) wait();
}

void BatchRun::finish() {
  read_news();
  for (std::size_t job = 0; job < jobs_.size(); ++job)
    if (!state_.jobs()[job].status)
      finished(job, outcome_of(jobs_[job].encode, JobResult{.error = JobError{.kind = Failure::cancelled}}, true));
  reporter_->end(steady_seconds());
  for (BatchObserver* observer : parts_.observers) observer->end(steady_seconds());
}

void BatchRun::submit_all() {
  for (std::size_t job = 0; job < jobs_.size(); ++job) {
    if (jobs_[job].problem) finished(job, outcome_of(jobs_[job].encode, *jobs_[job].problem));
    else submit(job);
  }
}

void BatchRun::submit(std::size_t job) {
  Mailbox& mailbox = *mailbox_;
  EncodeCallbacks callbacks;
  callbacks.on_plan = [&mailbox, job](const EncodePlan& plan) { mailbox.put(job, plan); };
  callbacks.on_start = [&mailbox, job](int) { mailbox.put(job, Started{}); };
  callbacks.on_progress = [&mailbox, job](const EncodeProgress& progress) { mailbox.put(job, progress); };
  if (!parts_.observers.empty())
    callbacks.on_step = [&mailbox, job](const EncodeStep& step) { mailbox.put(job, step); };
  parts_.pool.submit(jobs_[job].encode, std::move(callbacks))
      .when_done([&mailbox, job](const JobResult& result) { mailbox.put(job, result); });
}

void BatchRun::wait() {
  pollfd ready[] = {{mailbox_->readable(), POLLIN, 0},
                    {parts_.signals.readable(), POLLIN, 0},
                    {parts_.out.pending() > 0 ? parts_.out.fd() : -1, POLLOUT, 0},
                    {parts_.err.pending() > 0 ? parts_.err.fd() : -1, POLLOUT, 0}};
  const bool timed = reporter_->wants_ticks() || killed_at_;
  ::poll(ready, std::size(ready), timed ? kTickMilliseconds : -1);
  read_signals();
  read_news();
  parts_.out.flush();
  parts_.err.flush();
  reporter_->tick(steady_seconds(), stopped_by_.has_value());
}

void BatchRun::read_news() {
  for (auto& [job, news] : mailbox_->take())
    std::visit([this, job = job](const auto& each) { hear(job, each); }, news);
}

void BatchRun::hear(std::size_t job, const EncodePlan& plan) {
  outputs_[job] = plan.output;
  for (BatchObserver* observer : parts_.observers) observer->planned(job, plan);
  state_.planned(job, plan.cost, plan.frames);
  reporter_->planned(job, jobs_[job].encode.input, plan);
}

void BatchRun::hear(std::size_t job, const Started&) {
  state_.started(job, steady_seconds());
  count_waiting();
}

void BatchRun::hear(std::size_t job, const EncodeStep& step) {
  for (BatchObserver* observer : parts_.observers) observer->step(job, step);
  if (step.ok && step.name == "recall") state_.recalled(job);
  if (step.ok && (step.name == "encode" || step.name == "assemble")) state_.encoded(job);
}

void BatchRun::count_waiting() {
  const std::size_t waiting = jobs_.size() - state_.counts().done() - state_.running().size();
  for (BatchObserver* observer : parts_.observers) observer->waiting(waiting, steady_seconds());
}

void BatchRun::hear(std::size_t job, const EncodeProgress& progress) {
  state_.progress(job, progress, steady_seconds());
  reporter_->progressed(job, steady_seconds());
}

void BatchRun::hear(std::size_t job, const JobResult& result) {
  Outcome outcome = outcome_of(jobs_[job].encode, result, stopped_by_.has_value());
  if (!outputs_[job].empty()) outcome.output = outputs_[job];
  finished(job, outcome);
}

void BatchRun::finished(std::size_t job, const Outcome& outcome) {
  if (state_.jobs()[job].status) return;
  state_.finished(job, outcome.status, outcome.frames);
  reporter_->finished(job, outcome, steady_seconds());
  for (BatchObserver* observer : parts_.observers) observer->finished(job, outcome, steady_seconds());
  count_waiting();
  if (const auto written = parts_.files.add(job + 1, outcome); !written && !std::exchange(report_failed_, true))
    reporter_->notice("hevcpool: cannot write the job log or a list: " + written.error().message);
}

void BatchRun::read_signals() {
  while (const auto signal = parts_.signals.take()) {
    if (*signal == SIGWINCH) continue;
    if (*signal == SIGTSTP) {
      sleep_with_workers(parts_.pool);
      continue;
    }
    if (stopped_by_ || *signal == SIGQUIT) kill();
    if (!stopped_by_) stop(*signal);
  }
}

void BatchRun::stop(int signal) {
  stopped_by_ = signal;
  if (killed_at_) return;
  reporter_->notice(fmt::format("stopping: {} running, {} waiting; interrupt again to kill them at once",
                                state_.running().size(),
                                jobs_.size() - state_.counts().done() - state_.running().size()));
  parts_.pool.cancel_all();
}

void BatchRun::kill() {
  if (killed_at_) return;
  killed_at_ = steady_seconds();
  reporter_->notice("killing what runs");
  parts_.pool.kill();
}

bool BatchRun::given_up() const { return killed_at_ && steady_seconds() - *killed_at_ > kKillSeconds; }

}  // namespace hevcpool::cli
