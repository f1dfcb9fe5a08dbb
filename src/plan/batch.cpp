// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/batch.h"

#include <algorithm>

namespace hevcpool::plan {

namespace {

// How many inspected jobs should wait for a slot: enough that a slot never waits for an inspection, and, where
// the longest goes first, enough that it is the longest of many.
constexpr std::size_t kReadyPerSlot = 16;
constexpr std::size_t kReadyLeast = 64;

}  // namespace

double Batch::rank(const Job& job, double amount) const {
  return limits_.order == Order::longest_first ? -amount : static_cast<double>(job.spec.id);
}

void Batch::enqueue(Queue& queue, const Job& job, double amount) {
  queue.emplace(rank(job, amount), job.spec.id);
}

// Takes a job that is not running out of the queue it waits in.
void Batch::dequeue(Job& job) {
  switch (job.state) {
    case State::queued: to_inspect_.erase({rank(job, job.spec.size), job.spec.id}); break;
    case State::waiting: to_encode_.erase({rank(job, job.estimate.cost), job.spec.id}); break;
    case State::to_verify: to_verify_.erase({static_cast<double>(job.spec.id), job.spec.id}); break;
    default: break;
  }
}

Actions Batch::add(const JobSpec& spec) {
  Actions actions;
  auto& added = jobs_[spec.id] = Job{.spec = spec};
  enqueue(to_inspect_, added, spec.size);
  fill_slots(actions);
  return actions;
}

// Frees what the run held. Returns its job if that is still wanted; a cancelled one is finished here.
Batch::Job* Batch::end_run(RunId run, Actions& actions) {
  auto found = runs_.find(run);
  if (found == runs_.end()) return nullptr;
  auto ended = found->second;
  runs_.erase(found);
  slots_used_ -= ended.demand.threads;
  memory_used_ = runs_.empty() ? 0 : memory_used_ - ended.demand.memory;
  auto& owner = job(ended.job);
  if (!owner.cancelled) return &owner;
  finish(owner, Ending::cancelled, actions);
  return nullptr;
}

void Batch::finish(Job& done, Ending ending, Actions& actions) {
  actions.push_back(Finish{done.spec.id, ending});
  jobs_.erase(done.spec.id);
}

Actions Batch::inspected(RunId run, const Estimate& estimate) {
  Actions actions;
  if (auto* owner = end_run(run, actions)) {
    owner->estimate = estimate;
    owner->estimate.threads = std::clamp(estimate.threads, 1U, std::max(limits_.slots, 1U));
    owner->state = State::waiting;
    if (owner->spec.inspect_only) finish(*owner, Ending::ok, actions);
    else enqueue(to_encode_, *owner, owner->estimate.cost);
  }
  fill_slots(actions);
  return actions;
}

Actions Batch::encoded(RunId run, int worker) {
  Actions actions;
  if (auto* owner = end_run(run, actions)) {
    owner->encoder = worker;
    owner->state = owner->spec.verify ? State::to_verify : State::committing;
    if (owner->spec.verify) to_verify_.emplace(static_cast<double>(owner->spec.id), owner->spec.id);
    else actions.push_back(Commit{owner->spec.id});
  }
  fill_slots(actions);
  return actions;
}

Actions Batch::verified(RunId run) {
  Actions actions;
  if (auto* owner = end_run(run, actions)) {
    owner->state = State::committing;
    actions.push_back(Commit{owner->spec.id});
  }
  fill_slots(actions);
  return actions;
}

Actions Batch::skip(RunId run) {
  Actions actions;
  if (auto* owner = end_run(run, actions)) finish(*owner, Ending::skipped, actions);
  fill_slots(actions);
  return actions;
}

Actions Batch::failed(RunId run, bool died) {
  Actions actions;
  if (auto* owner = end_run(run, actions)) retry_or_fail(*owner, died, actions);
  fill_slots(actions);
  return actions;
}

void Batch::retry_or_fail(Job& owner, bool died, Actions& actions) {
  if (!died || ++owner.failures > owner.spec.retries) return finish(owner, Ending::failed, actions);
  switch (owner.state) {
    case State::inspecting:
      owner.state = State::queued;
      return enqueue(to_inspect_, owner, owner.spec.size);
    case State::encoding:
      owner.state = State::waiting;
      return enqueue(to_encode_, owner, owner.estimate.cost);
    case State::verifying:
      owner.state = State::to_verify;
      to_verify_.emplace(static_cast<double>(owner.spec.id), owner.spec.id);
      return;
    default: return finish(owner, Ending::failed, actions);
  }
}

Actions Batch::committed(JobId id, Ending ending) {
  Actions actions;
  if (jobs_.contains(id)) finish(job(id), ending, actions);
  return actions;
}

Actions Batch::cancel(JobId id) {
  Actions actions;
  if (jobs_.contains(id)) cancel_one(job(id), actions);
  fill_slots(actions);
  return actions;
}

Actions Batch::cancel_all() {
  Actions actions;
  std::vector<JobId> ids;
  for (const auto& [id, unused] : jobs_) ids.push_back(id);
  for (auto id : ids) cancel_one(job(id), actions);
  return actions;
}

void Batch::cancel_one(Job& unwanted, Actions& actions) {
  if (unwanted.cancelled || unwanted.state == State::committing) return;
  auto running = std::find_if(runs_.begin(), runs_.end(),
                              [&](const auto& entry) { return entry.second.job == unwanted.spec.id; });
  if (running == runs_.end()) {
    dequeue(unwanted);
    return finish(unwanted, Ending::cancelled, actions);
  }
  unwanted.cancelled = true;
  actions.push_back(Stop{running->first});
}

void Batch::fill_slots(Actions& actions) {
  while (slots_used_ < limits_.slots && start_next(actions)) {
  }
}

// Starts what is next, unless it must wait for room: what is behind it then waits too, so that a job that needs
// much is not passed for ever by those that need little.
bool Batch::start_next(Actions& actions) {
  auto chosen = next();
  if (!chosen) return false;
  auto& owner = job(chosen->first);
  if (!fits(owner, chosen->second)) return false;
  start(owner, chosen->second, actions);
  return true;
}

// What is nearest to its end goes first; inspection keeps enough jobs ready.
std::optional<std::pair<JobId, Step>> Batch::next() const {
  if (!to_verify_.empty()) return {{to_verify_.begin()->second, Step::verify}};
  if (wants_inspection()) return {{to_inspect_.begin()->second, Step::inspect}};
  if (!to_encode_.empty()) return {{to_encode_.begin()->second, Step::encode}};
  return std::nullopt;
}

bool Batch::wants_inspection() const {
  return !to_inspect_.empty() && to_encode_.size() < std::max(kReadyLeast, kReadyPerSlot * limits_.slots);
}

Estimate Batch::demand(const Job& job, Step step) {
  return step == Step::encode ? job.estimate : Estimate{.threads = 1};
}

// One that fits nowhere runs alone.
bool Batch::fits(const Job& candidate, Step step) const {
  if (runs_.empty()) return true;
  auto wanted = demand(candidate, step);
  if (slots_used_ + wanted.threads > limits_.slots) return false;
  return limits_.memory <= 0 || memory_used_ + wanted.memory <= limits_.memory;
}

void Batch::start(Job& owner, Step step, Actions& actions) {
  dequeue(owner);
  auto wanted = demand(owner, step);
  runs_[++last_run_] = Running{owner.spec.id, step, wanted};
  slots_used_ += wanted.threads;
  memory_used_ += wanted.memory;
  owner.state = step == Step::inspect  ? State::inspecting
                : step == Step::encode ? State::encoding
                                       : State::verifying;
  actions.push_back(Run{.run = last_run_, .job = owner.spec.id, .step = step, .attempt = ++owner.attempts[step],
                        .avoid_worker = step == Step::verify ? owner.encoder : -1});
}

}  // namespace hevcpool::plan
