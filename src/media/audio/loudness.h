// SPDX-License-Identifier: GPL-2.0-or-later
// EBU R128 loudness of one audio stream, by libavfilter's ebur128.
#pragma once

#include "media/input/frame_reader.h"

#include <functional>

namespace hevcpool::media {

struct Loudness {
  double integrated = -70;  // LUFS; -70: silence
  double range = 0;         // LU
  double true_peak = -70;   // dBTP, the loudest channel
  bool repeated = false;    // too short for one block of the measurement: measured as if it were repeated
};

// Reads the stream from the reader's place, its beginning, to the end; twice where it is very short.
Expected<Loudness> measure_loudness(FrameReader& reader, const std::function<bool()>& cancelled);

bool is_silent(const Loudness& loudness);
// The filter that brings `measured` to `target` LUFS; peaks are limited to -1 dBTP.
std::string loudness_gain(const Loudness& measured, double target);

}  // namespace hevcpool::media
