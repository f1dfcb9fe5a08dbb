// SPDX-License-Identifier: GPL-2.0-or-later
// What happened when, as slices of one track, in bounded space: where there are too many, or below a given
// resolution, the slices of a moment are added up by kind and laid one after the other from where the first began.
// Sums stay exact. A value; one thread.
#pragma once

#include "profile/clock.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hevcpool::profile {

struct Slice {
  Nanoseconds begin = 0;
  Nanoseconds length = 0;
  std::uint32_t kind = 0;   // a stage, or a frame's type
  std::uint32_t first = 0;  // frames: the number of the first; stages: 0
  std::uint32_t count = 1;  // how many became this one
};

class Timeline {
 public:
  // Keeps at most `limit` slices; `resolution` 0: as fine as they came.
  Timeline(std::size_t limit, Nanoseconds resolution) : limit_(limit), resolution_(resolution) {}

  // In any order; what is late by more than the space allows for is added to a later moment.
  void add(const Slice& slice);
  // The slices so far by their beginning, at the resolution that was asked for or that was needed.
  const std::vector<Slice>& slices();
  Nanoseconds resolution() const { return resolution_; }

 private:
  void sort();
  void merge();
  void compact();

  std::size_t limit_;
  Nanoseconds resolution_;
  std::size_t merged_ = 0;  // slices_ before this were merged already
  std::vector<Slice> slices_;
};

}  // namespace hevcpool::profile
