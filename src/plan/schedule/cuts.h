// SPDX-License-Identifier: GPL-2.0-or-later
// Where a film is cut into segments for several encoders. Every cut costs a key frame, so segments are as large as
// possible as long as no worker will idle at the end: large ones first, and what is left is shared out evenly. Pure
// functions over plain values.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace hevcpool::plan {

// A place where a film may be cut, from the dearest to the cheapest.
enum class CutKind {
  inner,  // between key frames of the source: what lies between must be decoded twice
  key,    // at a key frame
  scene,  // at a key frame that probably begins a scene: the encoder would put one there anyway
};

struct CutPoint {
  double at = 0;  // work before it, in the same unit as the cost of a job
  CutKind kind = CutKind::key;
};

// The first point is the film's begin, the last one its end.
struct CutMap {
  std::vector<CutPoint> points;
  double least = 0;  // a segment smaller than this costs key frames that the encoder would not have made
  double frame = 0;  // a frame's work

  std::size_t begin() const { return 0; }
  std::size_t end() const { return points.empty() ? 0 : points.size() - 1; }
  double work(std::size_t from, std::size_t to) const { return points[to].at - points[from].at; }
  double total() const { return points.empty() ? 0 : work(begin(), end()); }
};

// What is there to do when a slot has become free.
struct Load {
  double waiting = 0;  // work that nobody has begun, of all jobs
  double running = 0;  // work left in what others are doing
  unsigned slots = 1;
  // When everything would be done if it could be shared out evenly.
  double fair() const { return (waiting + running) / slots; }
};

// True when a job of this cost would still be running when everything else is done.
bool worth_cutting(double cost, const Load& load);

// How large the next segment should be. Never more than the fair share.
double next_segment(const Load& load, double least);

// Where a segment that begins at `from` and should be about `wanted` large ends, within [from, limit]: at a scene
// change near that place, else at a key frame, else between them. Takes all where little would be left over.
std::size_t choose_cut(const CutMap& map, std::size_t from, std::size_t limit, double wanted);

// Where a segment [from, to) of which the part `done` (0 to 1) is encoded should end instead, so that somebody idle can do
// the rest: nothing, when too little is left to be worth another cut.
std::optional<std::size_t> choose_new_end(const CutMap& map, std::size_t from, std::size_t to, double done,
                                          unsigned slots);

// Fixed cuts: the first possible place at or after every multiple of `distance` (both in the map's unit), at key
// frames only. They depend on nothing but the film.
std::vector<std::size_t> fixed_cuts(const CutMap& map, double distance);

}  // namespace hevcpool::plan
