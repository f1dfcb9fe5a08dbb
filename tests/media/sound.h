// SPDX-License-Identifier: GPL-2.0-or-later
// What a file sounds like: its samples by channel, and which tone each channel has.
#pragma once

#include <string>
#include <vector>

namespace hevcpool::test {

struct Sound {
  int rate = 0;
  std::string layout, format;                 // of the decoded samples
  std::vector<std::vector<double>> channels;  // of the first audio stream; full scale is 1

  double seconds() const;
  double peak() const;
  // Of [from, to) in seconds, all channels.
  double level(double from, double to) const;
  // Of that channel in the middle of the sound; 0: silent.
  // Over that part of the length: two parts of one tone may cancel each other.
  struct Part {
    double from, to;
  };
  int hertz(std::size_t channel, Part part = {0.25, 0.75}) const;
};

Sound listen(int fd);

// A source graph with another tone in each channel of the layout, and the tones, in the order of libav.
std::string tones(const std::string& layout, double seconds = 0.6, int rate = 48000);
std::vector<int> tones_of(const std::string& layout);

}  // namespace hevcpool::test
