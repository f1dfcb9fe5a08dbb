// SPDX-License-Identifier: GPL-2.0-or-later
// How much work an encode is, before anyone has done it. Only proportions matter.
#pragma once

#include <string>

namespace hevcpool::plan {

// Relative speed cost of x265's presets, medium = 1; a preset nobody knows counts as medium.
double preset_factor(const std::string& preset);

// What is known of a film before it is encoded.
struct FilmShape {
  int width = 0, height = 0;
  double frames = 0;            // 0: unknown
  double bytes = 0;             // of the file
  int bit_depth = 8;
  std::string codec;            // libav's name
  std::string preset = "medium";
};

// Pixels × frames × preset, in units of a million pixels at medium; more for deep pictures, and for films whose own
// encoder found much in them. Unknown frames: taken from the file's size.
double encode_cost(const FilmShape& film);

}  // namespace hevcpool::plan
