// SPDX-License-Identifier: GPL-2.0-or-later
// How often a stream's pictures come, as far as its container knows, and the clock for their times. Plain values.
#pragma once

#include "media/libav/av.h"

namespace hevcpool::media {

struct StreamRate {
  AVRational nominal{0, 1};  // frames per second, 0/1 when unknown
  bool constant = false;     // the frames keep to it
};

// What a header or libav states, 0/1 where that is no rate: unknown, or the tick of a clock.
AVRational plausible_rate(AVRational rate, AVRational time_base);

StreamRate rate_of(AVFormatContext& format, AVStream& stream);

// The usual rate (25, 24000/1001) that this one is but for rounding; 0/1 where it is none.
AVRational standard_rate(AVRational rate);

// Whether times of the frames are those of a constant rate, rounded to a clock that is too coarse for it.
bool keeps_to_grid(const AVStream& stream, const StreamRate& rate);

// The clock of the frames: the stream's own, in ticks fine enough that a frame whose time had to be made up moves by
// next to nothing. A raw stream has no clock but its frame rate.
AVRational clock_of(const AVStream& stream, const StreamRate& rate);

// `base` in whole parts, at least so many a second; `base` where that does not fit.
AVRational finer_clock(AVRational base, int ticks_per_second);

}  // namespace hevcpool::media
