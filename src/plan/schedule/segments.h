// SPDX-License-Identifier: GPL-2.0-or-later
// The pieces of one film: what nobody has begun, what is being encoded, what is done; and whether the cuts between
// the finished ones hold. Cut lazily: a piece gets its end when somebody is there to encode it. A plain state
// machine, one thread.
//
//   open --take()--> running --finished()--> done --(a cut does not hold)--> joined --take()--> running
//     ↑______returned()_________|
//
// Pieces are named by the points of the map between which they lie. Joined pieces are not cut again.
#pragma once

#include "plan/schedule/cuts.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hevcpool::plan {

struct Piece {
  std::size_t from = 0, to = 0;
  auto operator<=>(const Piece&) const = default;
};

// What was seen of the first frames after the cut at the begin of a piece and after that at its end; equal texts
// mean equal frames, an empty one that something was wrong. At the ends of the film nothing is compared.
struct PieceProof {
  std::string head, tail;
};

class SegmentPlan {
 public:
  // So many cuts that do not hold, and the film is no film for cutting.
  static constexpr unsigned kMostBadCuts = 3;

  // `fixed` cuts, where there are any, are the only ones.
  explicit SegmentPlan(CutMap map, std::vector<std::size_t> fixed = {});

  // The next piece to encode. Nothing when none is open.
  std::optional<Piece> take(const Load& load);
  // A piece that is running ends sooner; what it leaves is open again. Returns the shorter one; nothing where the piece
  // is none that may be cut, or too little of it is left.
  std::optional<Piece> shorten(Piece piece, double done, unsigned slots);
  // It was too late for that: the piece reaches to `to` after all. Returns the pieces that are done twice therefore.
  std::vector<Piece> not_shortened(Piece piece, std::size_t to);
  // A piece is done. Returns those that must be thrown away because a cut does not hold; they were joined and
  // wait to be encoded again as one.
  std::vector<Piece> finished(Piece piece, PieceProof proof);
  // A piece was not finished.
  void returned(Piece piece);
  // A piece that was finished in an earlier run. False when it does not fit what is open.
  bool recall(Piece piece);

  bool complete() const;
  bool hopeless() const { return bad_cuts_ >= kMostBadCuts; }
  // take() would give a piece.
  bool has_open() const;
  // Work that nobody has begun.
  double open_work() const;
  std::vector<Piece> done() const;
  const CutMap& map() const { return map_; }

 private:
  enum class State { open, joined, running, done };
  struct Span {
    Piece piece;
    State state = State::open;
    bool whole = false;  // joined, or fixed: not to be cut
    PieceProof proof;
  };
  using Spans = std::vector<Span>;

  Spans::iterator find(Piece piece);
  Spans::iterator choose_open();
  bool holds(std::size_t left) const;
  Piece join(std::size_t left, std::vector<Piece>& discarded);

  CutMap map_;
  Spans spans_;  // in order, without gaps
  unsigned bad_cuts_ = 0;
};

}  // namespace hevcpool::plan
