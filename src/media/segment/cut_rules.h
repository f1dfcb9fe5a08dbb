// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a stream may be encoded in segments at all: only where a segment comes out as it would in the middle of the
// whole. Pure functions; each answers with the reason why not, or with an empty text.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/encode.h>

#include <string>

namespace hevcpool::media {

// What the options rule out: rate control that looks at the whole, filters that look at other frames, parts.
std::string why_options_forbid_cuts(const EncodeOptions& options);
// What the streams rule out: none or several to encode, interlaced ones that are to be deinterlaced.
std::string why_streams_forbid_cuts(const AVFormatContext& format, const EncodeOptions& options);

// Whether the whole, encoded with the options' threads, may come out in other bytes by every run. Of options that are
// fit for an encoder.
bool bytes_of_whole_may_differ(const EncodeOptions& options);

// The most frames between two key frames of the encoder: segments shorter than that cost extra key frames.
int encoder_key_interval(const EncodeOptions& options);

}  // namespace hevcpool::media
