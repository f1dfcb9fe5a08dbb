// SPDX-License-Identifier: GPL-2.0-or-later
// The segments of one film: what nobody has begun, what is being encoded, what is done; and whether the cuts between
// the finished ones hold. Cut lazily: a segment gets its end when somebody is there to encode it. A plain state
// machine, one thread.
//
//   open --take()--> running --finished()--> done --(a cut does not hold)--> joined --take()--> running
//     ↑______returned()_________|
//
// Segments are named by the points of the map between which they lie. Joined segments are not cut again.
#pragma once

#include "plan/schedule/cuts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hevcpool::plan {

struct Segment {
  std::size_t from = 0, to = 0;
  auto operator<=>(const Segment&) const = default;
};

// What was seen of the first frames after the cut at the begin of a segment and after that at its end; equal texts
// mean equal frames, an empty one that something was wrong. At the ends of the film nothing is compared.
struct SegmentProof {
  std::string head, tail;
};

class SegmentPlan {
 public:
  // So many cuts that do not hold, and the film is no film for cutting.
  static constexpr unsigned kMostBadCuts = 3;

  // `fixed` cuts, where there are any, are the only ones.
  explicit SegmentPlan(CutMap map, std::vector<std::size_t> fixed = {});

  // The next segment to encode. Nothing when none is open.
  std::optional<Segment> take(const Load& load);
  // A segment that is running ends sooner; what it leaves is open again. Returns the shorter one; nothing where the segment
  // is none that may be cut, or too little of it is left.
  std::optional<Segment> shorten(Segment segment, double done, unsigned slots);
  // It was too late for that: the segment reaches to `to` after all. Returns the segments that are done twice therefore.
  std::vector<Segment> not_shortened(Segment segment, std::size_t to);
  // A segment is done. Returns those that must be thrown away because a cut does not hold; they were joined and
  // wait to be encoded again as one.
  std::vector<Segment> finished(Segment segment, SegmentProof proof);
  // A segment was not finished.
  void returned(Segment segment);
  // A segment that was finished in an earlier run. False when it does not fit what is open.
  bool reuse(Segment segment);

  bool complete() const;
  bool hopeless() const { return bad_cuts_ >= kMostBadCuts; }
  // take() would give a segment.
  bool has_open() const;
  // Work that nobody has begun.
  double open_work() const;
  std::vector<Segment> done() const;
  const CutMap& map() const { return map_; }

 private:
  enum class State { open, joined, running, done };
  struct Span {
    Segment segment;
    State state = State::open;
    bool whole = false;  // joined, or fixed: not to be cut
    SegmentProof proof;
  };
  using Spans = std::vector<Span>;

  Spans::iterator find(Segment segment);
  Spans::iterator choose_open();
  bool holds(std::size_t left) const;
  Segment join(std::size_t left, std::vector<Segment>& discarded);

  CutMap map_;
  Spans spans_;  // in order, without gaps
  unsigned bad_cuts_ = 0;
};

}  // namespace hevcpool::plan
