// SPDX-License-Identifier: GPL-2.0-or-later
// Which moments of a video thumbnails show. Pure functions.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace hevcpool::media {

// A moment as users write it: "12.5", "01:02:03.5", "2:03" or "50%". Percentages need a duration above 0.
Expected<double> parse_moment(const std::string& text, double duration);
// "50%": a moment that counts from the duration.
bool is_part_of_duration(const std::string& text);
// Whether parse_moment() could read it for a file of known duration.
bool valid_moment(const std::string& text);

// The middles of `count` equal parts of the duration.
std::vector<double> even_moments(unsigned count, double duration);

// A WebVTT file that maps the time from each moment to the next to its rectangle on the sheet.
struct SheetLayout {
  std::string sheet_name;
  unsigned columns = 1;
  int width = 0, height = 0;  // of one picture
  int gap = 0;
};
std::string sheet_map(const std::vector<double>& moments, double duration, const SheetLayout& layout);

}  // namespace hevcpool::media
