// SPDX-License-Identifier: GPL-2.0-or-later
// A clip whose every frame can be told from the others by its brightness: frame N is N * 4 + 20 in luma.
#pragma once

#include "media/frames/frames.h"
#include "support/clip_file.h"

#include <cmath>
#include <gtest/gtest.h>

namespace hevcpool::media {

inline test::MadeFile counting_clip(int frames = 50, const std::string& more = {}) {
  test::MadeFile spec;
  spec.videos[0].graph = "nullsrc=size=64x48:rate=25:duration=" + std::to_string(frames / 25.0) +
                         ",format=yuv420p,geq=lum='N*4+20':cb=128:cr=128" + more;
  return spec;
}

// The mean of the first picture of a file, as a number of the counting clip. Pictures have full range.
inline int number_shown(int fd, const std::string& name) {
  double mean = -1;
  const auto seen = visit_frames(fd, name, "gray", [&](const FrameView& frame) {
    double sum = 0;
    for (int y = 0; y < frame.height; ++y)
      for (int x = 0; x < frame.width; ++x) sum += frame.planes[0][y * frame.strides[0] + x];
    mean = sum / (frame.width * frame.height);
    return false;
  });
  if (!seen) ADD_FAILURE() << seen.error().message;
  const double luma = 16 + mean * 219 / 255;
  return static_cast<int>(std::lround((luma - 20) / 4));
}

}  // namespace hevcpool::media
