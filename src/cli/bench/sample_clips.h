// SPDX-License-Identifier: GPL-2.0-or-later
// Clips that hevcpool makes itself: what they show, and their making by the workers of a pool.
#pragma once

#include "base/error.h"

#include <hevcpool/pool.h>

#include <string>
#include <vector>

namespace hevcpool::cli {

struct SampleClip {
  std::string name;   // of the file, without its folder
  std::string video;  // libavfilter graphs
  std::string audio;
};

struct SampleSize {
  int width = 640, height = 360, rate = 24;
};

// One clip: `kind` chooses the picture, the same number always the same one.
SampleClip sample_clip(unsigned kind, double seconds, SampleSize size);
// `count` clips of 2 to 10 seconds and different sizes, all standard definition.
std::vector<SampleClip> mixed_samples(unsigned count);
// The same of half a second to two, and small: made and encoded in a moment.
std::vector<SampleClip> short_samples(unsigned count);

struct MadeClip {
  std::string path;
  Job job;            // unset: the file was there already
};
// Submits the making of each into `folder`, which is made if need be. A file that exists is left as it is.
Expected<std::vector<MadeClip>> make_samples(Pool& pool, const std::string& folder,
                                             const std::vector<SampleClip>& clips);
// Waits for all of them. The first failure is returned, its file removed.
Expected<void> finish_samples(const std::vector<MadeClip>& clips);

}  // namespace hevcpool::cli
