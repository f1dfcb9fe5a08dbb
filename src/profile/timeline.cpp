// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/timeline.h"

#include <algorithm>

namespace hevcpool::profile {
namespace {

constexpr Nanoseconds kFirstResolution = 100'000;

// Adds to the slice of the same kind, if `moment` has one.
void join(std::vector<Slice>& moment, const Slice& slice) {
  const auto same = std::ranges::find(moment, slice.kind, &Slice::kind);
  if (same == moment.end()) return moment.push_back(slice);
  same->length += slice.length;
  same->first = std::min(same->first, slice.first);
  same->count += slice.count;
}

void lay_out(std::vector<Slice>& moment, std::vector<Slice>& out) {
  if (moment.empty()) return;
  Nanoseconds begin = moment.front().begin;
  for (Slice& slice : moment) {
    slice.begin = begin;
    begin += slice.length;
    out.push_back(slice);
  }
  moment.clear();
}

}  // namespace

void Timeline::add(const Slice& slice) {
  if (limit_ == 0) return;
  slices_.push_back(slice);
  if (slices_.size() > limit_) compact();
}

const std::vector<Slice>& Timeline::slices() {
  if (resolution_ > 0) merge();
  else sort();
  return slices_;
}

void Timeline::sort() {
  std::ranges::stable_sort(slices_.begin() + static_cast<std::ptrdiff_t>(merged_), slices_.end(), {}, &Slice::begin);
}

// One pass over what was not merged at this resolution: everything that begins in the same moment becomes one slice
// of each kind.
void Timeline::merge() {
  sort();
  std::vector<Slice> out(slices_.begin(), slices_.begin() + static_cast<std::ptrdiff_t>(merged_));
  std::vector<Slice> moment;
  for (std::size_t n = merged_; n < slices_.size(); ++n) {
    const Slice& slice = slices_[n];
    if (!moment.empty() && slice.begin / resolution_ != moment.front().begin / resolution_) lay_out(moment, out);
    join(moment, slice);
  }
  lay_out(moment, out);
  slices_ = std::move(out);
  merged_ = slices_.size();
}

void Timeline::compact() {
  if (resolution_ > 0) merge();
  while (slices_.size() > limit_ / 2) {
    resolution_ = std::max(2 * resolution_, kFirstResolution);
    merged_ = 0;
    merge();
  }
}

}  // namespace hevcpool::profile
