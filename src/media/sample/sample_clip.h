// SPDX-License-Identifier: GPL-2.0-or-later
// Makes a short video with sound out of nothing: for a first try without any file, for benchmarks and for tests.
// Deterministic. Runs in the calling thread.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <functional>
#include <string>

namespace hevcpool::media {

struct SampleClipRequest {
  int target = -1;                 // O_RDWR, empty; becomes MP4
  std::string video;               // libavfilter graph that ends in one video stream and has an end
  std::string audio;               // the same for sound; empty: silent file without a track
  int quality = 20;                // as a constant rate factor
  std::function<bool()> cancelled; // may be empty
};

struct SampleClipReport {
  std::int64_t frames = 0;
  std::uint64_t bytes = 0;
};

Expected<SampleClipReport> make_sample_clip(const SampleClipRequest& request);

}  // namespace hevcpool::media
