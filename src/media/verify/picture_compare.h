// SPDX-License-Identifier: GPL-2.0-or-later
// How alike two pictures and two videos are, by the structural similarity of their luma.
#pragma once

#include "media/input/source.h"
#include "media/verify/verify.h"

namespace hevcpool::media {

// 1 for equal pictures, about 0 for unrelated ones. Compares the area that both have; the formats must have luma (or
// green) of the same depth in their first plane.
double luma_ssim(const AVFrame& a, const AVFrame& b);

struct Similarity {
  std::int64_t frames = 0;
  double lowest = 1;
  std::int64_t lowest_frame = -1;
  double sum = 0;
};

// Decodes a video stream of the source, prepares its pictures as for encoding, and compares them one by one with
// the frames of a stream of the output. Fails where one has frames that the other has not.
Expected<Similarity> compare_videos(const VerifyRequest& request, int source_stream, int target_stream);

}  // namespace hevcpool::media
