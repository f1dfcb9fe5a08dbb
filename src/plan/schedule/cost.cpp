// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/schedule/cost.h"

#include <algorithm>
#include <array>
#include <cmath>
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

namespace {

// Bits that a codec spends on a usual pixel; 0: it says little about what is in the picture.
double usual_bits(std::string_view codec) {
  if (codec == "h264") return 0.08;
  if (codec == "hevc" || codec == "vp9" || codec == "av1") return 0.04;
  return 0;
}

// Fitted to real clips of 2 s at medium: between flat screens and moving water lies a factor of four, of which the
// source's own bits foretell about half.
double content_factor(const FilmShape& film, double pixels) {
  constexpr double kExponent = 0.3, kLeast = 0.5, kMost = 2;
  const double usual = usual_bits(film.codec);
  if (usual <= 0 || film.bytes <= 0) return 1;
  return std::clamp(std::pow(film.bytes * 8 / pixels / usual, kExponent), kLeast, kMost);
}

// Of a file that does not say how long it is: from its size.
double likely_frames(const FilmShape& film, double area) {
  constexpr double kBitsOfOthers = 0.2;
  const double bits = usual_bits(film.codec) > 0 ? usual_bits(film.codec) : kBitsOfOthers;
  return std::max(film.bytes * 8 / (area * bits), 1.0);
}

}  // namespace

double encode_cost(const FilmShape& film) {
  constexpr double kMost = 1e12;  // what a file claims must stay a number
  constexpr double kDeep = 1.35;
  const double area = std::max(static_cast<double>(film.width) * film.height, 1.0);
  const double count = std::min(film.frames > 0 ? film.frames : likely_frames(film, area), kMost);
  const double factor = film.frames > 0 ? content_factor(film, area * count) : 1;
  return area * count / 1e6 * factor * (film.bit_depth > 8 ? kDeep : 1) * preset_factor(film.preset);
}

}  // namespace hevcpool::plan
