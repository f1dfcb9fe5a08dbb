// SPDX-License-Identifier: GPL-2.0-or-later
// How often a stream's pictures come, as far as its container knows, and the clock for their times. Plain values.
#pragma once

#include "media/av.h"

namespace hevcpool::media {

struct StreamRate {
  AVRational nominal{0, 1};  // frames per second, 0/1 when unknown
  bool constant = false;     // the frames keep to it
};

StreamRate rate_of(AVFormatContext& format, AVStream& stream);

// The clock of the frames: the stream's own, in ticks fine enough that a frame whose time had to be made up moves by
// next to nothing. A raw stream has no clock but its frame rate.
AVRational clock_of(const AVStream& stream, const StreamRate& rate);

// `base` in whole parts, at least so many a second; `base` where that does not fit.
AVRational finer_clock(AVRational base, int ticks_per_second);

}  // namespace hevcpool::media
