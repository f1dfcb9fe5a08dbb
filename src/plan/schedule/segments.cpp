// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/segments.h"

#include <algorithm>

namespace hevcpool::plan {

SegmentPlan::SegmentPlan(CutMap map, std::vector<std::size_t> fixed) : map_(std::move(map)) {
  const bool is_fixed = !fixed.empty();
  std::size_t from = map_.begin();
  fixed.push_back(map_.end());
  for (const std::size_t to : fixed) {
    if (to > from) spans_.push_back({.segment = {from, to}, .whole = is_fixed, .proof = {}});
    from = std::max(from, to);
  }
}

SegmentPlan::Spans::iterator SegmentPlan::find(Segment segment) {
  return std::find_if(spans_.begin(), spans_.end(), [&](const Span& span) { return span.segment == segment; });
}

// Joined segments first: they are late already. Then the first that is open: its neighbours' cuts are proved soonest.
SegmentPlan::Spans::iterator SegmentPlan::choose_open() {
  const auto in = [](State state) { return [state](const Span& span) { return span.state == state; }; };
  const auto joined = std::find_if(spans_.begin(), spans_.end(), in(State::joined));
  return joined != spans_.end() ? joined : std::find_if(spans_.begin(), spans_.end(), in(State::open));
}

std::optional<Segment> SegmentPlan::take(const Load& load) {
  auto chosen = choose_open();
  if (chosen == spans_.end()) return std::nullopt;
  const Segment segment = chosen->segment;
  const std::size_t to =
      chosen->whole ? segment.to : choose_cut(map_, segment.from, segment.to, next_segment(load, map_.least));
  if (to != segment.to) {
    chosen->segment.from = to;
    chosen = spans_.insert(chosen, {.segment = {segment.from, to}, .proof = {}});
  }
  chosen->state = State::running;
  return chosen->segment;
}

std::optional<Segment> SegmentPlan::shorten(Segment segment, double done, unsigned slots) {
  auto found = find(segment);
  if (found == spans_.end() || found->whole || found->state != State::running) return std::nullopt;
  const auto end = choose_new_end(map_, segment.from, segment.to, done, slots);
  if (!end) return std::nullopt;
  found->segment.to = *end;
  const Segment shorter = found->segment;
  spans_.insert(found + 1, {.segment = {*end, segment.to}, .proof = {}});
  return shorter;
}

std::vector<Segment> SegmentPlan::not_shortened(Segment segment, std::size_t to) {
  std::vector<Segment> twice;
  auto found = find(segment);
  if (found == spans_.end() || to <= segment.to) return twice;
  found->segment.to = to;
  auto next = found + 1;
  while (next != spans_.end() && next->segment.from < to) {
    if (next->state == State::running || next->state == State::done) twice.push_back(next->segment);
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

Segment SegmentPlan::join(std::size_t left, std::vector<Segment>& discarded) {
  Span &before = spans_[left], &after = spans_[left + 1];
  discarded.push_back(before.segment);
  discarded.push_back(after.segment);
  before = {.segment = {before.segment.from, after.segment.to}, .state = State::joined, .whole = true, .proof = {}};
  const Segment joined = before.segment;
  spans_.erase(spans_.begin() + static_cast<std::ptrdiff_t>(left) + 1);
  ++bad_cuts_;
  return joined;
}

std::vector<Segment> SegmentPlan::finished(Segment segment, SegmentProof proof) {
  std::vector<Segment> discarded;
  auto found = find(segment);
  if (found == spans_.end()) return discarded;
  found->state = State::done;
  found->proof = std::move(proof);
  const auto place = static_cast<std::size_t>(found - spans_.begin());
  if (!holds(place)) join(place, discarded);
  else if (place > 0 && !holds(place - 1)) join(place - 1, discarded);
  return discarded;
}

void SegmentPlan::returned(Segment segment) {
  auto found = find(segment);
  if (found == spans_.end() || found->state != State::running) return;
  found->state = found->whole ? State::joined : State::open;
}

bool SegmentPlan::reuse(Segment segment) {
  auto around = std::find_if(spans_.begin(), spans_.end(), [&](const Span& span) {
    return span.segment.from <= segment.from && segment.to <= span.segment.to && span.state == State::open;
  });
  if (around == spans_.end() || segment.from >= segment.to || (around->whole && around->segment != segment)) return false;
  const Segment outer = around->segment;
  Spans parts;
  if (outer.from < segment.from) parts.push_back({.segment = {outer.from, segment.from}, .proof = {}});
  parts.push_back({.segment = segment, .state = State::running, .whole = around->whole, .proof = {}});
  if (segment.to < outer.to) parts.push_back({.segment = {segment.to, outer.to}, .proof = {}});
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
    if (span.state == State::open || span.state == State::joined) work += map_.work(span.segment.from, span.segment.to);
  return work;
}

std::vector<Segment> SegmentPlan::done() const {
  std::vector<Segment> segments;
  for (const auto& span : spans_)
    if (span.state == State::done) segments.push_back(span.segment);
  return segments;
}

}  // namespace hevcpool::plan
