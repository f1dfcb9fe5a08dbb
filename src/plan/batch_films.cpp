// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a film that is cut into pieces.
#include "plan/batch.h"

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

Actions Batch::segment_done(RunId run, PieceProof proof) {
  Actions actions;
  auto ended = end_run(run, actions);
  if (auto* owner = owner_of(ended)) {
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
  if (auto* owner = owner_of(ended)) {
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
