// SPDX-License-Identifier: GPL-2.0-or-later
// EBU R128 loudness of one audio stream, by libavfilter's ebur128.
#pragma once

#include "media/frame_reader.h"

#include <functional>

namespace hevcpool::media {

struct Loudness {
  double integrated = -70;  // LUFS; -70: silence
  double range = 0;         // LU
  double true_peak = -70;   // dBTP, the loudest channel
};

// Reads the stream to its end.
Expected<Loudness> measure_loudness(FrameReader& reader, const std::function<bool()>& cancelled);

// The filter that brings `measured` to `target` LUFS; peaks are limited to -1 dBTP.
std::string loudness_gain(const Loudness& measured, double target);

}  // namespace hevcpool::media
