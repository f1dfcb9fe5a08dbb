// SPDX-License-Identifier: GPL-2.0-or-later
// How much work an encode is, before anyone has done it. Only proportions matter.
#pragma once

#include <string>

namespace hevcpool::plan {

// Relative speed cost of x265's presets, medium = 1; a preset nobody knows counts as medium.
double preset_factor(const std::string& preset);

// Pixels × frames × preset, in units of a million pixels at medium. Unknown frames: taken from the file's size.
double encode_cost(int width, int height, double frames, double bytes, const std::string& preset);

}  // namespace hevcpool::plan
