// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of Dolby Vision: the frames' metadata (RPUs) are carried along with the re-encoded base layer
// where they describe just that; the container's record is kept, made up where the source has none, or
// dropped with a warning. Pure functions.
#pragma once

#include "media/libav/av.h"
#include "media/hevc/nal.h"
#include "media/libav/diagnostics.h"

extern "C" {
#include <libavutil/dovi_meta.h>
}

namespace hevcpool::media {

struct DolbyVision {
  bool keep = false;  // the frames' metadata
  Bytes record;       // AVDOVIDecoderConfigurationRecord for the container; empty: none
};

// `record` is the source container's, null when it has none. `first` is the first frame.
DolbyVision settle_dolby_vision(const AVDOVIDecoderConfigurationRecord* record, const AVFrame& first,
                                AVRational frame_rate, Diagnostics& notes);

// The level for so many pixels per second.
int dolby_vision_level(int width, int height, AVRational frame_rate);

}  // namespace hevcpool::media
