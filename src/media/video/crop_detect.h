// SPDX-License-Identifier: GPL-2.0-or-later
// Finds the black bars around a video's picture, by looking at a few frames all over the file. Reads and
// seeks in a demuxer of its own: hand it one that nobody else uses. For one thread.
#pragma once

#include <optional>
#include <string>

#include "media/libav/av.h"

namespace hevcpool::media {

struct CropBox {
  int left = 0, top = 0, right = 0, bottom = 0;  // right and bottom are just outside

  bool operator==(const CropBox&) const = default;
};

// "W:H:X:Y", as --crop takes it; empty when there is nothing to cut off, or no picture to be seen.
Expected<std::string> detect_crop(AVFormatContext& format, AVStream& stream);

// The smallest box with everything of both.
CropBox join(const CropBox& a, const CropBox& b);

}  // namespace hevcpool::media
