// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/asked_range.h"

#include <algorithm>

namespace hevcpool::media {

// The stream's start is that of the packet stored first, which need not be the first frame shown. Behind a start there
// is no telling what was.
void AskedRange::choose_origin(std::int64_t first) {
  origin_ = stream_->start_time != AV_NOPTS_VALUE ? stream_->start_time : first;
  if (start_ <= 0) origin_ = std::min(origin_, first);
}

bool AskedRange::contains(std::int64_t pts) {
  if (start_ <= 0 && duration_ <= 0) return true;
  if (origin_ == AV_NOPTS_VALUE) choose_origin(pts);
  const double seconds = static_cast<double>(pts - origin_) * av_q2d(stream_->time_base);
  constexpr double kRounding = 0.0005;  // the caller's seconds are decimal, the clock's ticks are not
  if (start_ > 0 && seconds < start_ - kRounding) return false;
  return duration_ <= 0 || seconds < std::max(start_, 0.0) + duration_ - kRounding;
}

}  // namespace hevcpool::media
