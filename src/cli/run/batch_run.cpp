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

Expected<std::unique_ptr<BatchRun>> BatchRun::create(const Dependencies& parts,
                                                     const std::vector<plan::PlannedJob>& jobs) {
  HEVCPOOL_ASSIGN(auto events, EventQueue::create());
  return std::unique_ptr<BatchRun>(new BatchRun(parts, jobs, std::move(events)));
}

BatchRun::BatchRun(const Dependencies& parts, const std::vector<plan::PlannedJob>& jobs, std::unique_ptr<EventQueue> events)
    : dependencies_(parts), jobs_(jobs), outputs_(jobs.size()), events_(std::move(events)), state_(steady_seconds()),
      reporter_(make_reporter(parts.style, parts.out, parts.err, state_)) {}

void BatchRun::run() {
  for (const plan::PlannedJob& job : jobs_) state_.add(job.encode.input, size_of(job.encode.input));
  for (BatchObserver* observer : dependencies_.observers) {
    observer->begin(dependencies_.pool.workers(), steady_seconds());
    for (std::size_t job = 0; job < jobs_.size(); ++job) observer->added(job, jobs_[job].encode.input);
  }
  reporter_->begin(jobs_.size(), dependencies_.pool.workers(), dependencies_.pool.sandbox());
  submit_all();
  while (state_.counts().done() < jobs_.size() && !given_up()) wait();
}

void BatchRun::finish() {
  read_news();
  for (std::size_t job = 0; job < jobs_.size(); ++job)
    if (!state_.jobs()[job].status)
      finished(job, outcome_of(jobs_[job].encode, JobResult{.error = JobError{.kind = Failure::cancelled}}, true));
  reporter_->end(steady_seconds());
  for (BatchObserver* observer : dependencies_.observers) observer->end(steady_seconds());
}

void BatchRun::submit_all() {
  for (std::size_t job = 0; job < jobs_.size(); ++job) {
    if (jobs_[job].problem) finished(job, outcome_of(jobs_[job].encode, *jobs_[job].problem));
    else submit(job);
  }
}

void BatchRun::submit(std::size_t job) {
  EventQueue& events = *events_;
  EncodeCallbacks callbacks;
  callbacks.on_plan = [&events, job](const EncodePlan& plan) { events.put(job, plan); };
  callbacks.on_start = [&events, job](int) { events.put(job, Started{}); };
  callbacks.on_progress = [&events, job](const EncodeProgress& progress) { events.put(job, progress); };
  if (!dependencies_.observers.empty())
    callbacks.on_step = [&events, job](const EncodeStep& step) { events.put(job, step); };
  dependencies_.pool.submit(jobs_[job].encode, std::move(callbacks))
      .when_done([&events, job](const JobResult& result) { events.put(job, result); });
}

void BatchRun::wait() {
  pollfd ready[] = {{events_->readable(), POLLIN, 0},
                    {dependencies_.signals.readable(), POLLIN, 0},
                    {dependencies_.out.pending() > 0 ? dependencies_.out.fd() : -1, POLLOUT, 0},
                    {dependencies_.err.pending() > 0 ? dependencies_.err.fd() : -1, POLLOUT, 0}};
  const bool timed = reporter_->wants_ticks() || killed_at_;
  ::poll(ready, std::size(ready), timed ? kTickMilliseconds : -1);
  read_signals();
  read_news();
  dependencies_.out.flush();
  dependencies_.err.flush();
  reporter_->tick(steady_seconds(), stopped_by_.has_value());
}

void BatchRun::read_news() {
  for (auto& [job, event] : events_->take())
    std::visit([this, job = job](const auto& each) { hear(job, each); }, event);
}

void BatchRun::hear(std::size_t job, const EncodePlan& plan) {
  outputs_[job] = plan.output;
  for (BatchObserver* observer : dependencies_.observers) observer->planned(job, plan);
  state_.planned(job, plan.cost, plan.frames);
  reporter_->planned(job, jobs_[job].encode.input, plan);
}

void BatchRun::hear(std::size_t job, const Started&) {
  state_.started(job, steady_seconds());
  count_waiting();
}

void BatchRun::hear(std::size_t job, const EncodeStep& step) {
  for (BatchObserver* observer : dependencies_.observers) observer->step(job, step);
  if (step.ok && step.kind == StepKind::reuse_segment) state_.reused(job);
  if (step.ok && (step.kind == StepKind::encode || step.kind == StepKind::assemble)) state_.encoded(job);
}

void BatchRun::count_waiting() {
  const std::size_t waiting = jobs_.size() - state_.counts().done() - state_.running().size();
  for (BatchObserver* observer : dependencies_.observers) observer->waiting(waiting, steady_seconds());
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
  for (BatchObserver* observer : dependencies_.observers) observer->finished(job, outcome, steady_seconds());
  count_waiting();
  if (const auto written = dependencies_.files.add(job + 1, outcome); !written && !std::exchange(report_failed_, true))
    reporter_->notice("hevcpool: cannot write the job log or a list: " + written.error().message);
}

void BatchRun::read_signals() {
  while (const auto signal = dependencies_.signals.take()) {
    if (*signal == SIGWINCH) continue;
    if (*signal == SIGTSTP) {
      sleep_with_workers(dependencies_.pool);
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
  dependencies_.pool.cancel_all();
}

void BatchRun::kill() {
  if (killed_at_) return;
  killed_at_ = steady_seconds();
  reporter_->notice("killing what runs");
  dependencies_.pool.kill();
}

bool BatchRun::given_up() const { return killed_at_ && steady_seconds() - *killed_at_ > kKillSeconds; }

}  // namespace hevcpool::cli
