// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a film that is cut into segments.
#include "plan/schedule/scheduler.h"

#include <algorithm>

namespace hevcpool::plan {

Actions Scheduler::indexed(RunId run, SourceCuts film) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
    owner->film.emplace(std::move(film.map), std::move(film.fixed));
    for (const auto segment : film.found) {
      if (owner->film->reuse(segment)) owner->to_reuse.push_back(segment);
      else actions.push_back(Discard{owner->spec.id, segment});
    }
    owner->state = State::cutting;
    cutting_.insert(owner->spec.id);
  }
  fill_slots(actions);
  return actions;
}

// Both have the end of the segment now; the other one is told to stop, or what it made is thrown away.
void Scheduler::undo_shortening(Job& owner, const Running& ended, std::size_t to, Actions& actions) {
  for (const Segment segment : owner.film->not_shortened(ended.segment, to)) {
    bool running = false;
    for (auto& [id, run] : runs_) {
      if (run.job != owner.spec.id || run.segment != segment || run.step != Step::segment) continue;
      running = run.unwanted = true;
      actions.push_back(Stop{id});
    }
    if (!running) actions.push_back(Discard{owner.spec.id, segment});
  }
}

Actions Scheduler::segment_done(RunId run, SegmentProof proof, std::size_t to) {
  Actions actions;
  auto ended = end_run(run, actions);
  auto* owner = owner_of(ended);
  if (owner != nullptr && ended->unwanted) {
    actions.push_back(Discard{owner->spec.id, ended->segment});
  } else if (owner != nullptr) {
    if (to > ended->segment.to) {
      undo_shortening(*owner, *ended, to, actions);
      ended->segment.to = to;
    }
    const auto discarded = owner->film->finished(ended->segment, std::move(proof));
    for (const auto segment : discarded)
      actions.push_back(Discard{owner->spec.id, segment});
    if (owner->film->hopeless()) {
      close(*owner, Closing::whole, actions);
    } else if (owner->film->complete()) {
      cutting_.erase(owner->spec.id);
      owner->state = State::to_assemble;
      to_assemble_.emplace(static_cast<double>(owner->spec.id), owner->spec.id);
    }
  }
  fill_slots(actions);
  return actions;
}

Actions Scheduler::refused(RunId run) {
  Actions actions;
  auto ended = end_run(run, actions);
  auto* owner = owner_of(ended);
  if (owner != nullptr && !ended->unwanted) {
    if (ended->step == Step::reuse_segment) {
      owner->film->returned(ended->segment);
      actions.push_back(Discard{owner->spec.id, ended->segment});
    } else {
      close(*owner, Closing::whole, actions);
    }
  }
  fill_slots(actions);
  return actions;
}

void Scheduler::retry_or_fail_segment(Job& owner, const Running& ended, Actions& actions) {
  if (++owner.segment_failures[ended.segment] > owner.spec.retries) return close(owner, Closing::failed, actions);
  owner.film->returned(ended.segment);
}

// Nothing is left to begin, and a slot is free: the run that has most left to do gives a part of that away.
bool Scheduler::share_out_slowest(Actions& actions) {
  Running* slowest = nullptr;
  RunId id = 0;
  const auto left = [](const Running& run) { return run.demand.cost * (1 - run.done); };
  for (auto& [run_id, run] : runs_) {
    if (run.step == Step::inspect || run.step == Step::index) return false;  // brings work
    const bool candidate = run.step == Step::segment && !run.unwanted && job(run.job).closing == Closing::no;
    if (!candidate || (slowest != nullptr && left(run) <= left(*slowest))) continue;
    slowest = &run;
    id = run_id;
  }
  if (slowest == nullptr) return false;
  Job& owner = job(slowest->job);
  if (!fits(owner, {owner.spec.id, Step::segment})) return false;
  const auto shorter = owner.film->shorten(slowest->segment, slowest->done, limits_.slots);
  if (!shorter) return false;
  const double before = slowest->demand.cost, now = owner.film->map().work(shorter->from, shorter->to);
  slowest->done = now > 0 ? std::clamp(slowest->done * before / now, 0.0, 1.0) : 1;
  slowest->demand.cost = now;
  slowest->segment = *shorter;
  actions.push_back(MoveEnd{id, owner.spec.id, *shorter});
  return true;
}

// Something of the film can be begun now.
bool Scheduler::is_film_open(const Job& owner) const {
  return owner.closing == Closing::no && owner.film && (!owner.to_reuse.empty() || owner.film->has_open());
}

const Scheduler::Job* Scheduler::largest_film() const {
  const Job* largest = nullptr;
  for (const auto id : cutting_) {
    const Job& candidate = job(id);
    if (!is_film_open(candidate)) continue;
    const bool better = largest == nullptr ||
                        rank(candidate, candidate.film->open_work()) < rank(*largest, largest->film->open_work());
    if (better) largest = &candidate;
  }
  return largest;
}

Segment Scheduler::take_segment(Job& owner, Step step) {
  if (step == Step::segment) return owner.film->take(load()).value_or(Segment{});
  const Segment segment = owner.to_reuse.back();
  owner.to_reuse.pop_back();
  return segment;
}

std::vector<Segment> Scheduler::segments(JobId id) const {
  auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.film) return {};
  return found->second.film->done();
}

}  // namespace hevcpool::plan
