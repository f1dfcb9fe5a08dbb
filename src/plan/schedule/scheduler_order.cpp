// SPDX-License-Identifier: GPL-2.0-or-later
// Which run a free slot gets.
#include "plan/schedule/scheduler.h"

#include <algorithm>
#include <cmath>

namespace hevcpool::plan {

namespace {

// How many inspected jobs should wait for a slot: enough that a slot never waits for an inspection, and, where
// the longest goes first, enough that it is the longest of many.
constexpr std::size_t kReadyPerSlot = 16;
constexpr std::size_t kReadyLeast = 64;
// How many outputs may wait for another slot than their own: its process would have to be renewed for them.
constexpr std::size_t kMayWaitToVerify = 4;

bool is_encoding(Step step) { return step == Step::encode || step == Step::segment; }

}  // namespace

void Scheduler::fill_slots(Actions& actions) {
  while (slots_used_ < limits_.slots && runs_.size() < most_runs() &&
         (start_next(actions) || (!next() && share_out_slowest(actions)))) {
  }
}

// Starts what is next, unless it must wait for room: what is behind it then waits too, so that a job that needs
// much is not passed for ever by those that need little.
bool Scheduler::start_next(Actions& actions) {
  auto chosen = next();
  if (!chosen) return false;
  auto& owner = job(chosen->job);
  if (!fits(owner, *chosen)) return false;
  start(owner, *chosen, actions);
  return true;
}

// What is nearest to its end goes first; inspection keeps enough jobs ready.
std::optional<Scheduler::Choice> Scheduler::next() const {
  const auto other = next_to_verify();
  if (other) return Choice{*other, Step::verify};
  if (!to_assemble_.empty()) return Choice{to_assemble_.begin()->second, Step::assemble};
  if (wants_inspection()) return Choice{to_inspect_.begin()->second, Step::inspect};
  const auto work = next_work();
  if (!work && !to_verify_.empty()) return Choice{to_verify_.begin()->second, Step::verify};
  return work;
}

// The oldest one that the free slot did not make itself; any, when too many wait.
std::optional<JobId> Scheduler::next_to_verify() const {
  if (to_verify_.empty()) return std::nullopt;
  if (most_runs() < 2 || to_verify_.size() >= kMayWaitToVerify) return to_verify_.begin()->second;
  for (const auto& [unused, id] : to_verify_)
    if (job(id).encoder != free_worker_) return id;
  return std::nullopt;
}

// The longest of the films that wait and of those that are being cut.
std::optional<Scheduler::Choice> Scheduler::next_work() const {
  const Job* film = largest_film();
  const bool waiting = !to_encode_.empty();
  if (film != nullptr && (!waiting || rank(*film, film->film->open_work()) <= to_encode_.begin()->first))
    return Choice{film->spec.id, film->to_reuse.empty() ? Step::segment : Step::reuse_segment};
  if (!waiting) return std::nullopt;
  return choose_way(job(to_encode_.begin()->second));
}

// Whole, cut, or whole with several threads. A short film gets threads where there are slots for them, because those cost
// no key frame; its end is for somebody who will fall idle otherwise.
Scheduler::Choice Scheduler::choose_way(const Job& owner) const {
  Choice whole{owner.spec.id, Step::encode, owner.estimate.threads};
  const Choice cut{owner.spec.id, Step::index};
  if (owner.spec.split == Split::fixed) return cut;
  if (limits_.slots < 2 || owner.estimate.threads > 1) return whole;
  const Load now = load();
  if (!worth_cutting(owner.estimate.cost, now)) return whole;
  const bool may_cut = owner.spec.split == Split::automatic && most_runs() > 1;
  const Cutting cutting = may_cut ? owner.estimate.cutting : Cutting::no;
  if (cutting == Cutting::freely) return cut;
  whole.threads = useful_threads(owner, now);
  return cutting == Cutting::if_idle && whole.threads < 2 ? cut : whole;
}

// No more than are free: waiting for others would leave slots idle.
unsigned Scheduler::useful_threads(const Job& owner, const Load& now) const {
  const double memory = memory_used_ + owner.estimate.memory + owner.estimate.memory_of_threads;
  const bool fit = limits_.memory <= 0 || memory <= limits_.memory;
  if (!owner.spec.may_thread || !fit || now.fair() <= 0) return 1;
  const double most = std::max(std::min(free_slots(), owner.estimate.most_threads), 1U);
  return static_cast<unsigned>(std::clamp(std::ceil(owner.estimate.cost / now.fair()), 1.0, most));
}

bool Scheduler::wants_inspection() const {
  return !to_inspect_.empty() && to_encode_.size() < std::max(kReadyLeast, kReadyPerSlot * limits_.slots);
}

// Jobs that were not inspected yet are taken for average ones.
Load Scheduler::load() const {
  Load now{.waiting = 0, .running = 0, .slots = std::max(limits_.slots, 1U)};
  const double usual = known_jobs_ > 0 ? known_cost_ / known_jobs_ : 0;
  now.waiting = usual * static_cast<double>(to_inspect_.size());
  for (const auto& [unused, id] : to_encode_) now.waiting += job(id).estimate.cost;
  for (const auto id : cutting_) now.waiting += job(id).film->open_work();
  for (const auto& [unused, run] : runs_) now.running += run.demand.cost * (1 - run.done);
  return now;
}

Estimate Scheduler::demand(const Job& owner, const Choice& choice) {
  Estimate wanted{.cost = 0, .memory = 0, .threads = choice.threads};
  if (!is_encoding(choice.step)) return wanted;
  wanted.memory = owner.estimate.memory;
  if (choice.threads > owner.estimate.threads) wanted.memory += owner.estimate.memory_of_threads;
  if (choice.step == Step::encode) wanted.cost = owner.estimate.cost;
  return wanted;
}

// One that fits nowhere runs alone.
bool Scheduler::fits(const Job& candidate, const Choice& choice) const {
  if (runs_.empty()) return true;
  const auto wanted = demand(candidate, choice);
  if (slots_used_ + wanted.threads > limits_.slots) return false;
  return limits_.memory <= 0 || memory_used_ + wanted.memory <= limits_.memory;
}

void Scheduler::set_running_state(Job& owner, Step step) {
  switch (step) {
    case Step::inspect: owner.state = State::inspecting; break;
    case Step::index: owner.state = State::indexing; break;
    case Step::reuse_segment:
    case Step::segment: break;
    case Step::assemble: owner.state = State::assembling; break;
    case Step::encode: owner.state = State::encoding; break;
    case Step::verify: owner.state = State::verifying; break;
  }
}

void Scheduler::start(Job& owner, const Choice& choice, Actions& actions) {
  dequeue(owner);
  Running run{.job = owner.spec.id, .step = choice.step, .demand = demand(owner, choice), .segment = {}};
  const bool is_segment = choice.step == Step::reuse_segment || choice.step == Step::segment;
  if (is_segment) run.segment = take_segment(owner, choice.step);
  if (choice.step == Step::segment) run.first_cost = run.demand.cost = owner.film->map().work(run.segment.from, run.segment.to);
  slots_used_ += run.demand.threads;
  memory_used_ += run.demand.memory;
  ++owner.runs;
  set_running_state(owner, choice.step);
  runs_[++last_run_] = run;
  actions.push_back(
      Run{.run = last_run_, .job = owner.spec.id, .step = choice.step,
          .attempt = is_segment ? ++owner.segment_attempts[run.segment] : ++owner.attempts[choice.step],
          .avoid_worker = choice.step == Step::verify ? owner.encoder : -1, .threads = choice.threads,
          .segment = run.segment});
}

}  // namespace hevcpool::plan
