// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/scheduler.h"

#include <algorithm>

namespace hevcpool::plan {

double Scheduler::rank(const Job& job, double amount) const {
  return limits_.order == Order::longest_first ? -amount : static_cast<double>(job.spec.id);
}

void Scheduler::enqueue(Queue& queue, const Job& job, double amount) {
  queue.emplace(rank(job, amount), job.spec.id);
}

void Scheduler::wait_to_encode(Job& owner) {
  owner.state = State::waiting;
  enqueue(to_encode_, owner, owner.estimate.cost);
}

// Takes a job that is not running out of the queue it waits in.
void Scheduler::dequeue(Job& owner) {
  const std::pair by_age{static_cast<double>(owner.spec.id), owner.spec.id};
  switch (owner.state) {
    case State::queued: to_inspect_.erase({rank(owner, owner.spec.size), owner.spec.id}); break;
    case State::waiting: to_encode_.erase({rank(owner, owner.estimate.cost), owner.spec.id}); break;
    case State::to_assemble: to_assemble_.erase(by_age); break;
    case State::to_verify: to_verify_.erase(by_age); break;
    default: break;
  }
}

Actions Scheduler::add(const JobSpec& spec) {
  Actions actions;
  auto& added = jobs_[spec.id];
  added.spec = spec;
  enqueue(to_inspect_, added, spec.size);
  fill_slots(actions);
  return actions;
}

// Frees what the run held. Nothing when there is no such run; a job that is closing ends with its last run.
std::optional<Scheduler::Running> Scheduler::end_run(RunId run, Actions& actions) {
  auto found = runs_.find(run);
  if (found == runs_.end()) return std::nullopt;
  auto ended = found->second;
  runs_.erase(found);
  slots_used_ -= ended.demand.threads;
  memory_used_ = runs_.empty() ? 0 : memory_used_ - ended.demand.memory;
  const auto known = jobs_.find(ended.job);
  if (known == jobs_.end()) return std::nullopt;  // one that nobody wanted, and that took its time to stop
  Job& owner = known->second;
  --owner.runs;
  if (owner.closing == Closing::no) return ended;
  if (owner.runs == 0) close_now(owner, actions);
  return std::nullopt;
}

Scheduler::Job* Scheduler::owner_of(const std::optional<Running>& ended) { return ended ? &job(ended->job) : nullptr; }

// Ends the job, or begins it anew as a whole, as soon as nothing of it runs.
void Scheduler::close(Job& owner, Closing how, Actions& actions) {
  owner.closing = how;
  cutting_.erase(owner.spec.id);
  if (owner.runs == 0) return close_now(owner, actions);
  for (const auto& [id, run] : runs_)
    if (run.job == owner.spec.id) actions.push_back(Stop{id});
}

void Scheduler::close_now(Job& owner, Actions& actions) {
  switch (owner.closing) {
    case Closing::cancelled: return finish(owner, Ending::cancelled, actions);
    case Closing::skipped: return finish(owner, Ending::skipped, actions);
    case Closing::whole:
      owner.closing = Closing::no;
      owner.film.reset();
      owner.to_reuse.clear();
      owner.spec.split = Split::never;
      return wait_to_encode(owner);
    default: return finish(owner, Ending::failed, actions);
  }
}

void Scheduler::finish(Job& done, Ending ending, Actions& actions) {
  cutting_.erase(done.spec.id);
  actions.push_back(Finish{done.spec.id, ending});
  jobs_.erase(done.spec.id);
}

Actions Scheduler::inspected(RunId run, const Estimate& estimate) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
    owner->estimate = estimate;
    owner->estimate.threads = std::clamp(estimate.threads, 1U, std::max(limits_.slots, 1U));
    known_cost_ += estimate.cost;
    ++known_jobs_;
    if (owner->spec.inspect_only) finish(*owner, Ending::ok, actions);
    else wait_to_encode(*owner);
  }
  fill_slots(actions);
  return actions;
}

Actions Scheduler::encoded(RunId run, int worker) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
    owner->encoder = worker;
    owner->state = owner->spec.verify ? State::to_verify : State::committing;
    if (owner->spec.verify) to_verify_.emplace(static_cast<double>(owner->spec.id), owner->spec.id);
    else actions.push_back(Commit{owner->spec.id});
  }
  fill_slots(actions);
  return actions;
}

Actions Scheduler::verified(RunId run) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
    owner->state = State::committing;
    actions.push_back(Commit{owner->spec.id});
  }
  fill_slots(actions);
  return actions;
}

Actions Scheduler::skip(RunId run) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) close(*owner, Closing::skipped, actions);
  fill_slots(actions);
  return actions;
}

Actions Scheduler::failed(RunId run, bool died) {
  Actions actions;
  auto ended = end_run(run, actions);
  auto* owner = owner_of(ended);
  if (owner != nullptr && !ended->unwanted) retry_or_fail(*owner, *ended, died, actions);
  fill_slots(actions);
  return actions;
}

void Scheduler::retry_or_fail(Job& owner, const Running& ended, bool died, Actions& actions) {
  if (died && (ended.step == Step::segment || ended.step == Step::reuse_segment))
    return retry_or_fail_segment(owner, ended, actions);
  if (!died || ++owner.failures > owner.spec.retries) return close(owner, Closing::failed, actions);
  const std::pair by_age{static_cast<double>(owner.spec.id), owner.spec.id};
  switch (owner.state) {
    case State::inspecting:
      owner.state = State::queued;
      return enqueue(to_inspect_, owner, owner.spec.size);
    case State::indexing:
    case State::encoding: return wait_to_encode(owner);
    case State::assembling:
      owner.state = State::to_assemble;
      to_assemble_.insert(by_age);
      return;
    case State::verifying:
      owner.state = State::to_verify;
      to_verify_.insert(by_age);
      return;
    default: return close(owner, Closing::failed, actions);
  }
}

Actions Scheduler::committed(JobId id, Ending ending) {
  Actions actions;
  if (jobs_.contains(id)) finish(job(id), ending, actions);
  return actions;
}

Actions Scheduler::cancel(JobId id) {
  Actions actions;
  if (jobs_.contains(id)) cancel_one(job(id), actions);
  fill_slots(actions);
  return actions;
}

Actions Scheduler::cancel_all() {
  Actions actions;
  std::vector<JobId> ids;
  for (const auto& [id, unused] : jobs_) ids.push_back(id);
  for (auto id : ids) cancel_one(job(id), actions);
  return actions;
}

void Scheduler::cancel_one(Job& unwanted, Actions& actions) {
  if (unwanted.closing == Closing::cancelled || unwanted.state == State::committing) return;
  const bool stopping = unwanted.closing != Closing::no;
  dequeue(unwanted);
  if (stopping) unwanted.closing = Closing::cancelled;  // its runs were told already
  else close(unwanted, Closing::cancelled, actions);
}

void Scheduler::progress(RunId run, double done) {
  auto found = runs_.find(run);
  if (found == runs_.end()) return;
  Running& running = found->second;
  if (running.first_cost > 0 && running.demand.cost > 0) done *= running.first_cost / running.demand.cost;
  running.done = std::clamp(done, 0.0, 1.0);
}

}  // namespace hevcpool::plan
