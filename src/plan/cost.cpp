// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/cost.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hevcpool::plan {

double preset_factor(const std::string& preset) {
  // Single-threaded x265 3.5 at CRF 28 on camera material, rounded.
  static constexpr std::array<std::pair<std::string_view, double>, 10> kFactors{{{"ultrafast", 0.22},
                                                                                 {"superfast", 0.3},
                                                                                 {"veryfast", 0.5},
                                                                                 {"faster", 0.52},
                                                                                 {"fast", 0.65},
                                                                                 {"medium", 1},
                                                                                 {"slow", 2.2},
                                                                                 {"slower", 6},
                                                                                 {"veryslow", 10},
                                                                                 {"placebo", 25}}};
  auto found = std::find_if(kFactors.begin(), kFactors.end(), [&](const auto& entry) { return entry.first == preset; });
  return found == kFactors.end() ? 1 : found->second;
}

double encode_cost(int width, int height, double frames, double bytes, const std::string& preset) {
  constexpr double kBytesPerFrame = 10'000;  // only for files that do not say how long they are
  double pixels = std::max(static_cast<double>(width) * height, 1.0);
  constexpr double kMost = 1e12;  // what a file claims must stay a number
  double count = std::min(frames > 0 ? frames : std::max(bytes / kBytesPerFrame, 1.0), kMost);
  return pixels * count / 1e6 * preset_factor(preset);
}

}  // namespace hevcpool::plan
