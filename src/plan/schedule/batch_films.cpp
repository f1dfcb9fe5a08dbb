// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a film that is cut into pieces.
#include "plan/schedule/batch.h"

#include <algorithm>

namespace hevcpool::plan {

Actions Batch::indexed(RunId run, Film film) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
    owner->film.emplace(std::move(film.map), std::move(film.fixed));
    for (const auto piece : film.found) {
      if (owner->film->recall(piece)) owner->to_recall.push_back(piece);
      else actions.push_back(Discard{owner->spec.id, piece});
    }
    owner->state = State::cutting;
    cutting_.insert(owner->spec.id);
  }
  fill_slots(actions);
  return actions;
}

// Both have the end of the piece now; the other one is told to stop, or what it made is thrown away.
void Batch::undo_shortening(Job& owner, const Running& ended, std::size_t to, Actions& actions) {
  for (const Piece piece : owner.film->not_shortened(ended.piece, to)) {
    bool running = false;
    for (auto& [id, run] : runs_) {
      if (run.job != owner.spec.id || run.piece != piece || run.step != Step::segment) continue;
      running = run.unwanted = true;
      actions.push_back(Stop{id});
    }
    if (!running) actions.push_back(Discard{owner.spec.id, piece});
  }
}

Actions Batch::segment_done(RunId run, PieceProof proof, std::size_t to) {
  Actions actions;
  auto ended = end_run(run, actions);
  auto* owner = owner_of(ended);
  if (owner != nullptr && ended->unwanted) {
    actions.push_back(Discard{owner->spec.id, ended->piece});
  } else if (owner != nullptr) {
    if (to > ended->piece.to) {
      undo_shortening(*owner, *ended, to, actions);
      ended->piece.to = to;
    }
    const auto discarded = owner->film->finished(ended->piece, std::move(proof));
    for (const auto piece : discarded)
      actions.push_back(Discard{owner->spec.id, piece});
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

Actions Batch::refused(RunId run) {
  Actions actions;
  auto ended = end_run(run, actions);
  auto* owner = owner_of(ended);
  if (owner != nullptr && !ended->unwanted) {
    if (ended->step == Step::recall) {
      owner->film->returned(ended->piece);
      actions.push_back(Discard{owner->spec.id, ended->piece});
    } else {
      close(*owner, Closing::whole, actions);
    }
  }
  fill_slots(actions);
  return actions;
}

void Batch::retry_or_fail_piece(Job& owner, const Running& ended, Actions& actions) {
  if (++owner.piece_failures[ended.piece] > owner.spec.retries) return close(owner, Closing::failed, actions);
  owner.film->returned(ended.piece);
}

// Nothing is left to begin, and a slot is free: the run that has most left to do gives a part of that away.
bool Batch::share_out_slowest(Actions& actions) {
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
  const auto shorter = owner.film->shorten(slowest->piece, slowest->done, limits_.slots);
  if (!shorter) return false;
  const double before = slowest->demand.cost, now = owner.film->map().work(shorter->from, shorter->to);
  slowest->done = now > 0 ? std::clamp(slowest->done * before / now, 0.0, 1.0) : 1;
  slowest->demand.cost = now;
  slowest->piece = *shorter;
  actions.push_back(Shorten{id, owner.spec.id, *shorter});
  return true;
}

// Something of the film can be begun now.
bool Batch::is_film_open(const Job& owner) const {
  return owner.closing == Closing::no && owner.film && (!owner.to_recall.empty() || owner.film->has_open());
}

const Batch::Job* Batch::largest_film() const {
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

Piece Batch::take_piece(Job& owner, Step step) {
  if (step == Step::segment) return owner.film->take(load()).value_or(Piece{});
  const Piece piece = owner.to_recall.back();
  owner.to_recall.pop_back();
  return piece;
}

std::vector<Piece> Batch::pieces(JobId id) const {
  auto found = jobs_.find(id);
  if (found == jobs_.end() || !found->second.film) return {};
  return found->second.film->done();
}

}  // namespace hevcpool::plan
