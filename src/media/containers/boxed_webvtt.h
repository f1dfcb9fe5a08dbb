// SPDX-License-Identifier: GPL-2.0-or-later
// Samples of WebVTT in MP4 (ISO/IEC 14496-30): boxes with a cue each. Plain function.
#pragma once

#include "media/libav/av.h"

#include <deque>

namespace hevcpool::media {

// A packet for each cue of the sample, as libav's WebVTT packets are; none for a sample that shows nothing.
Expected<std::deque<PacketPtr>> unbox_webvtt(const AVPacket& sample);

}  // namespace hevcpool::media
