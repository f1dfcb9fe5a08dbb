// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/memory.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

namespace hevcpool::plan {
namespace {

constexpr double kIdleWorker = 45e6, kEncoder = 15e6, kPerThread = 6e6;
// Each picture that x265 holds has a frame around it for vectors that point outside.
constexpr double kMargin = 160;
// Beside those of the lookahead: references, and pictures on their way.
constexpr double kOtherPictures = 11;
constexpr double kPicturesPerThread = 1.5;  // of its frame threads, at most
constexpr double kDecodedPictures = 8;      // of the decoder, filters and converter
constexpr double kOverlapping = 8;          // more of them, where stages overlap

struct Pictures {
  std::string_view preset;
  double lookahead, between;
};
constexpr std::array<Pictures, 10> kPresets{{{"ultrafast", 5, 3},
                                             {"superfast", 10, 3},
                                             {"veryfast", 15, 4},
                                             {"faster", 15, 4},
                                             {"fast", 15, 4},
                                             {"medium", 20, 4},
                                             {"slow", 25, 4},
                                             {"slower", 40, 8},
                                             {"veryslow", 40, 8},
                                             {"placebo", 60, 8}}};

// The number that `params` (K=V:K=V) gives to `key`, or what it is otherwise.
double number_of(std::string_view params, std::string_view key, double otherwise) {
  while (!params.empty()) {
    const auto end = std::min(params.find(':'), params.size());
    const std::string_view pair = params.substr(0, end);
    if (pair.starts_with(key) && pair.size() > key.size() && pair[key.size()] == '=')
      return std::strtod(std::string(pair.substr(key.size() + 1)).c_str(), nullptr);
    params.remove_prefix(std::min(end + 1, params.size()));
  }
  return otherwise;
}

double pictures_of(const EncodeShape& shape) {
  const auto found = std::find_if(kPresets.begin(), kPresets.end(),
                                  [&](const Pictures& entry) { return entry.preset == shape.preset; });
  const Pictures& usual = found == kPresets.end() ? kPresets[5] : *found;
  return number_of(shape.x265_params, "rc-lookahead", usual.lookahead) +
         number_of(shape.x265_params, "bframes", usual.between) + kOtherPictures +
         (shape.threads > 1 ? kPicturesPerThread * std::min(shape.threads, 16U) : 0);
}

}  // namespace

double encode_memory(const EncodeShape& shape) {
  const double bytes = shape.bit_depth > 8 ? 2 : 1;
  const double width = std::max(shape.width, 64), height = std::max(shape.height, 64);
  const double padded = (width + kMargin) * (height + kMargin);
  // Source and reconstruction at 4:2:0, and four of half the size for the lookahead.
  const double picture = padded * (2 * 1.5 * bytes + (bytes > 1 ? 0.7 : 1.1));
  const double decoded = width * height * 1.5 * bytes * (kDecodedPictures + (shape.threads > 1 ? shape.threads + kOverlapping : 0));
  return kIdleWorker + kEncoder + picture * pictures_of(shape) + decoded + (shape.threads > 1 ? kPerThread * shape.threads : 0);
}

}  // namespace hevcpool::plan
