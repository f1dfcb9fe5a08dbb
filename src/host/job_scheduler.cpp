// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/job_scheduler.h"

#include "base/clock.h"
#include "host/measured_file.h"
#include "tasks/encode_json.h"

#include <utility>

namespace hevcpool::host {

namespace {

StepKind kind_of(plan::Step step) {
  switch (step) {
    case plan::Step::inspect: return StepKind::inspect;
    case plan::Step::index: return StepKind::index;
    case plan::Step::reuse_segment: return StepKind::reuse_segment;
    case plan::Step::segment: return StepKind::encode_segment;
    case plan::Step::assemble: return StepKind::assemble;
    case plan::Step::encode: return StepKind::encode;
    case plan::Step::verify: return StepKind::verify;
  }
  return StepKind::encode;
}

bool worker_died(const JobError& error) { return error.kind == Failure::crash; }

// Steps whose argument says whether they are measured.
bool is_measurable(plan::Step step) {
  return step == plan::Step::encode || step == plan::Step::segment || step == plan::Step::assemble;
}


bool is_encoding(plan::Step step) { return step == plan::Step::encode || step == plan::Step::segment; }

plan::Split split_of(const Encode& encode) {
  if (encode.split < 0) return plan::Split::never;
  return encode.split > 0 ? plan::Split::fixed : plan::Split::automatic;
}

// The film cannot be encoded in segments, as a worker found out late.
bool refuses_segments(const plan::Run& run, const JobError& error) {
  if (error.kind != Failure::task) return false;
  return run.step == plan::Step::reuse_segment || error.stage == "assemble" || error.stage == "segment" ||
         (run.step == plan::Step::segment && error.code == "no_key_frame");
}

}  // namespace

Job JobScheduler::submit(Encode encode, EncodeCallbacks callbacks, bool dry_run) {
  auto id = next_job_id();
  auto state = std::make_shared<JobState>(id, [self = weak_from_this(), id] {
    auto scheduler = self.lock();
    if (scheduler) scheduler->cancel(id);
    return scheduler != nullptr;
  });
  auto entry = std::make_shared<Entry>(Entry{EncodeJob(std::move(encode), dry_run), state,
                                             std::make_shared<const EncodeCallbacks>(std::move(callbacks))});
  {
    std::unique_lock lock(mutex_);
    wait_for_room(lock);
    if (closed_) {
      state->complete({.error = JobError{.kind = Failure::pool_lost, .message = "the pool was shut down"}});
      return Job(state);
    }
    ++open_;
  }
  loop_.post([this, id, entry] { add(id, std::move(*entry)); });
  return Job(state);
}

// The pool's own threads would wait for themselves.
void JobScheduler::wait_for_room(std::unique_lock<std::mutex>& lock) {
  if (rules_.queue_limit == 0 || SerialQueue::on_its_thread() || host_.on_own_thread()) return;
  emptied_.wait(lock, [this] { return closed_ || open_ < rules_.queue_limit + host_.workers(); });
}

void JobScheduler::add(plan::JobId id, Entry entry) {
  auto& added = jobs_.emplace(id, std::move(entry)).first->second;
  const auto& job = added.job;
  perform(scheduler_.add({.id = id,
                      .size = job.source_bytes(),
                      .retries = job.encode().retries,
                      .inspect_only = job.dry_run(),
                      .verify = job.encode().verify != Verify::none,
                      .split = split_of(job.encode()),
                      .may_thread = rules_.add_threads && job.encode().add_threads && job.encode().split <= 0}));
}

void JobScheduler::cancel(plan::JobId id) {
  loop_.post([this, id] { perform(scheduler_.cancel(id)); });
}

void JobScheduler::cancel_all() {
  loop_.post([this] { perform(scheduler_.cancel_all()); });
}

void JobScheduler::wait_until_empty() {
  std::unique_lock lock(mutex_);
  emptied_.wait(lock, [this] { return open_ == 0; });
}

void JobScheduler::finish_all() {
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    emptied_.notify_all();
  }
  wait_until_empty();
  committer_.stop();
  loop_.stop();
}

void JobScheduler::perform(const plan::Actions& actions) {
  for (const auto& action : actions) std::visit([this](const auto& what) { perform_one(what); }, action);
}

void JobScheduler::perform_one(const plan::Run& run) {
  auto& entry = jobs_.at(run.job);
  runs_[run.run] = Running{run, {}, {}};
  auto prepared = entry.job.prepare(run);
  if (!prepared) {
    entry.job.fail(job_error(prepared.error()));
    runs_.erase(run.run);
    // Not from here: the batch is in the middle of an answer.
    return loop_.post([this, id = run.run] { perform(scheduler_.failed(id, false)); });
  }
  if (auto* skip = std::get_if<Skip>(&*prepared)) {
    entry.job.skip(std::move(*skip));
    runs_.erase(run.run);
    return loop_.post([this, id = run.run] { perform(scheduler_.skip(id)); });
  }
  submit_step(run, entry, std::move(std::get<StepRequest>(*prepared)));
}

// Turns progress messages of an encode into the caller's calls, and tells the plan. Runs on the pool's thread.
std::function<void(std::string_view)> JobScheduler::progress_forwarder(const plan::Run& run, const Entry& entry) {
  const bool segment = run.step == plan::Step::segment;
  return [this, id = run.run, callbacks = entry.callbacks, film = segment ? entry.job.film_progress() : nullptr,
          frames = segment ? entry.job.segment_frames(run.segment) : 0](std::string_view text) {
    auto message = tasks::from_text<tasks::ProgressMessage>(text);
    if (!message) return;
    auto& progress = message->progress;
    const double done = frames > 0 ? static_cast<double>(progress.frames) / frames : progress.fraction;
    loop_.post([this, id, done] { scheduler_.progress(id, done); });
    if (film) progress = film->note(id, progress);
    if (callbacks->on_progress) callbacks->on_progress(progress);
  };
}

void JobScheduler::submit_step(const plan::Run& run, Entry& entry, StepRequest request) {
  Submission submission;
  submission.task = request.task;
  submission.argument = std::move(request.argument);
  if (entry.job.encode().measure.on && is_measurable(run.step)) {
    runs_[run.run].measured = make_measured_file();
    request.descriptors.push_back(duplicate_of(runs_[run.run].measured));
  }
  for (const auto& fd : request.descriptors) submission.descriptors.push_back(fd.get());
  submission.timeout = entry.job.encode().timeout;
  submission.stall_timeout = entry.job.encode().stall_timeout;
  submission.avoid_worker = run.avoid_worker;
  submission.renew_avoided = true;  // what one process made, another verifies
  if (is_encoding(run.step)) {
    submission.on_start = entry.callbacks->on_start;
    submission.on_progress = progress_forwarder(run, entry);
  }
  auto pool_job = host_.submit(std::move(submission));
  runs_[run.run].pool_job = pool_job;
  // The job scheduler outlives the pool's jobs: finish_all() comes after the pool gave everything back.
  pool_job.when_done([this, id = run.run](const JobResult& result) {
    loop_.post([this, id, result, end = steady_seconds()] { step_ended(id, result, end); });
  });
}

void JobScheduler::step_ended(plan::RunId run, const JobResult& result, double end) {
  auto ended = std::move(runs_.extract(run).mapped());
  if (!result.error) stopped_.erase(run);
  scheduler_.worker_is_free(result.worker);
  const auto known = jobs_.find(ended.run.job);
  if (known == jobs_.end()) {  // stopped, and later than its job was done
    stopped_.erase(run);
    return perform(scheduler_.failed(run, false));
  }
  auto& entry = known->second;
  if (entry.callbacks->on_step && result.worker >= 0)
    entry.callbacks->on_step({.kind = kind_of(ended.run.step),
                              .worker = result.worker,
                              .begin = end - result.usage.wall_seconds,
                              .end = end,
                              .usage = result.usage,
                              .ok = result.ok(),
                              .measured = read_measured_file(ended.measured)});
  if (result.error) return step_failed(run, entry, ended, *result.error);
  step_judged(run, entry, ended, entry.job.accept(ended.run, result), result.worker);
}

void JobScheduler::step_failed(plan::RunId run, Entry& entry, const Running& ended, JobError error) {
  bool died = worker_died(error);
  entry.job.drop_run(run);
  if (stopped_.erase(run) > 0) return perform(scheduler_.failed(run, false));  // the batch knows why
  if (refuses_segments(ended.run, error)) return perform(scheduler_.refused(run));
  if (error.kind == Failure::cancelled) perform(scheduler_.cancel(ended.run.job));
  if (error.stage.empty()) error.stage = to_string(kind_of(ended.run.step));
  entry.job.fail(std::move(error));
  perform(scheduler_.failed(run, died));
}

void JobScheduler::step_judged(plan::RunId run, Entry& entry, const Running& ended, const StepOutcome& outcome, int worker) {
  if (!outcome || *outcome) return end_run(run, entry, outcome);
  switch (ended.run.step) {
    case plan::Step::inspect:
      entry.job.warn_of_memory(memory_);
      if (entry.callbacks->on_plan) entry.callbacks->on_plan(entry.job.encode_plan());
      return perform(scheduler_.inspected(run, entry.job.estimate()));
    case plan::Step::index: {
      auto film = entry.job.film();
      return perform(film ? scheduler_.indexed(run, std::move(*film)) : scheduler_.refused(run));
    }
    case plan::Step::reuse_segment:
    case plan::Step::segment:
      return perform(scheduler_.segment_done(run, entry.job.proof(), entry.job.segment_done(ended.run.segment).to));
    case plan::Step::assemble: return perform(scheduler_.assembled(run, worker));
    case plan::Step::encode: return perform(scheduler_.encoded(run, worker));
    case plan::Step::verify: return perform(scheduler_.verified(run));
    default: return perform(scheduler_.failed(run, false));
  }
}

void JobScheduler::end_run(plan::RunId run, Entry& entry, const StepOutcome& outcome) {
  if (!outcome) {
    entry.job.fail(job_error(outcome.error()));
    return perform(scheduler_.failed(run, false));
  }
  entry.job.skip(**outcome);
  perform(scheduler_.skip(run));
}

void JobScheduler::perform_one(const plan::Stop& stop) {
  auto found = runs_.find(stop.run);
  if (found == runs_.end()) return;
  stopped_.insert(stop.run);
  found->second.pool_job.cancel();
}

void JobScheduler::perform_one(const plan::MoveEnd& move) {
  auto found = runs_.find(move.run);
  if (found == runs_.end()) return;
  found->second.run.segment = move.segment;
  jobs_.at(move.job).job.shorten(move.run, move.segment);
}

void JobScheduler::perform_one(const plan::Discard& discard) { jobs_.at(discard.job).job.discard(discard.segment); }

void JobScheduler::perform_one(const plan::Commit& commit) {
  auto request = std::make_shared<CommitRequest>(jobs_.at(commit.job).job.commit_request());
  committer_.post([this, request, id = commit.job] {
    auto report = std::make_shared<Expected<CommitReport>>(host::commit(std::move(*request)));
    loop_.post([this, id, report] { commit_ended(id, std::move(*report)); });
  });
}

void JobScheduler::commit_ended(plan::JobId id, Expected<CommitReport> report) {
  auto& job = jobs_.at(id).job;
  auto outcome = report ? job.accept(*report) : StepOutcome(Unexpected(report.error()));
  if (!outcome) {
    job.fail(job_error(outcome.error()));
    return perform(scheduler_.committed(id, plan::Ending::failed));
  }
  if (*outcome) job.skip(**outcome);
  perform(scheduler_.committed(id, *outcome ? plan::Ending::skipped : plan::Ending::ok));
}

void JobScheduler::perform_one(const plan::Finish& finish) {
  auto entry = std::move(jobs_.extract(finish.job).mapped());
  entry.state->complete(entry.job.finish(finish.ending));
  std::lock_guard lock(mutex_);
  --open_;
  emptied_.notify_all();
}

}  // namespace hevcpool::host
