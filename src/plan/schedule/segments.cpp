// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/segments.h"

#include <algorithm>

namespace hevcpool::plan {

SegmentPlan::SegmentPlan(CutMap map, std::vector<std::size_t> fixed) : map_(std::move(map)) {
  const bool is_fixed = !fixed.empty();
  std::size_t from = map_.begin();
  fixed.push_back(map_.end());
  for (const std::size_t to : fixed) {
    if (to > from) spans_.push_back({.piece = {from, to}, .whole = is_fixed, .proof = {}});
    from = std::max(from, to);
  }
}

SegmentPlan::Spans::iterator SegmentPlan::find(Piece piece) {
  return std::find_if(spans_.begin(), spans_.end(), [&](const Span& span) { return span.piece == piece; });
}

// Joined pieces first: they are late already. Then the first that is open: its neighbours' cuts are proved soonest.
SegmentPlan::Spans::iterator SegmentPlan::choose_open() {
  const auto in = [](State state) { return [state](const Span& span) { return span.state == state; }; };
  const auto joined = std::find_if(spans_.begin(), spans_.end(), in(State::joined));
  return joined != spans_.end() ? joined : std::find_if(spans_.begin(), spans_.end(), in(State::open));
}

std::optional<Piece> SegmentPlan::take(const Load& load) {
  auto chosen = choose_open();
  if (chosen == spans_.end()) return std::nullopt;
  const Piece piece = chosen->piece;
  const std::size_t to =
      chosen->whole ? piece.to : choose_cut(map_, piece.from, piece.to, next_piece(load, map_.least));
  if (to != piece.to) {
    chosen->piece.from = to;
    chosen = spans_.insert(chosen, {.piece = {piece.from, to}, .proof = {}});
  }
  chosen->state = State::running;
  return chosen->piece;
}

std::optional<Piece> SegmentPlan::shorten(Piece piece, double done, unsigned slots) {
  auto found = find(piece);
  if (found == spans_.end() || found->whole || found->state != State::running) return std::nullopt;
  const auto end = choose_new_end(map_, piece.from, piece.to, done, slots);
  if (!end) return std::nullopt;
  found->piece.to = *end;
  const Piece shorter = found->piece;
  spans_.insert(found + 1, {.piece = {*end, piece.to}, .proof = {}});
  return shorter;
}

std::vector<Piece> SegmentPlan::not_shortened(Piece piece, std::size_t to) {
  std::vector<Piece> twice;
  auto found = find(piece);
  if (found == spans_.end() || to <= piece.to) return twice;
  found->piece.to = to;
  auto next = found + 1;
  while (next != spans_.end() && next->piece.from < to) {
    if (next->state == State::running || next->state == State::done) twice.push_back(next->piece);
    next = spans_.erase(next);
  }
  return twice;
}

// Whether the cut between a span and the one after it holds, as far as that can be told already.
bool SegmentPlan::holds(std::size_t left) const {
  if (left + 1 >= spans_.size()) return true;
  const Span &before = spans_[left], &after = spans_[left + 1];
  if (before.state != State::done || after.state != State::done) return true;
  return !before.proof.tail.empty() && before.proof.tail == after.proof.head;
}

Piece SegmentPlan::join(std::size_t left, std::vector<Piece>& discarded) {
  Span &before = spans_[left], &after = spans_[left + 1];
  discarded.push_back(before.piece);
  discarded.push_back(after.piece);
  before = {.piece = {before.piece.from, after.piece.to}, .state = State::joined, .whole = true, .proof = {}};
  const Piece joined = before.piece;
  spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(left) + 1);
  ++bad_cuts_;
  return joined;
}

std::vector<Piece> SegmentPlan::finished(Piece piece, PieceProof proof) {
  std::vector<Piece> discarded;
  auto found = find(piece);
  if (found == spans_.end()) return discarded;
  found->state = State::done;
  found->proof = std::move(proof);
  const auto place = static_cast<std::size_t>(found - spans_.begin());
  if (!holds(place)) join(place, discarded);
  else if (place > 0 && !holds(place - 1)) join(place - 1, discarded);
  return discarded;
}

void SegmentPlan::returned(Piece piece) {
  auto found = find(piece);
  if (found == spans_.end() || found->state != State::running) return;
  found->state = found->whole ? State::joined : State::open;
}

bool SegmentPlan::recall(Piece piece) {
  auto around = std::find_if(spans_.begin(), spans_.end(), [&](const Span& span) {
    return span.piece.from <= piece.from && piece.to <= span.piece.to && span.state == State::open;
  });
  if (around == spans_.end() || piece.from >= piece.to || (around->whole && around->piece != piece)) return false;
  const Piece outer = around->piece;
  Spans parts;
  if (outer.from < piece.from) parts.push_back({.piece = {outer.from, piece.from}, .proof = {}});
  parts.push_back({.piece = piece, .state = State::running, .whole = around->whole, .proof = {}});
  if (piece.to < outer.to) parts.push_back({.piece = {piece.to, outer.to}, .proof = {}});
  const auto at = spans_.erase(around);
  spans_.insert(at, parts.begin(), parts.end());
  return true;
}

bool SegmentPlan::complete() const {
  return std::all_of(spans_.begin(), spans_.end(), [](const Span& span) { return span.state == State::done; });
}

bool SegmentPlan::has_open() const {
  return std::any_of(spans_.begin(), spans_.end(), [](const Span& span) {
    return span.state == State::open || span.state == State::joined;
  });
}

double SegmentPlan::open_work() const {
  double work = 0;
  for (const auto& span : spans_)
    if (span.state == State::open || span.state == State::joined) work += map_.work(span.piece.from, span.piece.to);
  return work;
}

std::vector<Piece> SegmentPlan::done() const {
  std::vector<Piece> pieces;
  for (const auto& span : spans_)
    if (span.state == State::done) pieces.push_back(span.piece);
  return pieces;
}

}  // namespace hevcpool::plan
