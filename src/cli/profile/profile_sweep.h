// SPDX-License-Identifier: GPL-2.0-or-later
// --sweep: one encode for every combination of the values given. Pure.
#pragma once

#include "base/error.h"

#include <hevcpool/encode.h>

#include <string>
#include <vector>

namespace hevcpool::cli {

struct SweepRun {
  std::string label;      // "preset=fast crf=28"; empty for the only run without a sweep
  Encode encode;
};

// Each text is KEY=V1,V2,...; KEY is preset, crf, tune, threads, bitrate or a parameter of x265. An error names what
// the encoder would refuse. At most 256 runs.
Expected<std::vector<SweepRun>> parse_sweeps(const std::vector<std::string>& texts, const Encode& base);

// Where neither start nor duration was given: the middle of a source that is much longer than a sample, in seconds.
// Says whether there is such a sample.
bool choose_sample(double source, EncodeOptions& options);

}  // namespace hevcpool::cli
