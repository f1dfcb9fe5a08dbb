// SPDX-License-Identifier: GPL-2.0-or-later
// What a Matroska track says of its pictures and libav's demuxer leaves out. Plain functions.
#pragma once

#include "media/libav/av.h"
#include "media/containers/ebml.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace hevcpool::media {

// The light levels, and the values of a mastering display, where only some of them are stated: into the side data of the
// source's stream. What libav found stays.
void add_hdr_values(const Element& track, AVStream& stream);

struct PixelCrop {  // pixels
  std::uint64_t top = 0, bottom = 0, left = 0, right = 0;
};

// The same borders of a picture that was turned and mirrored by these libavfilter filters: hflip, vflip and transpose,
// with commas between them.
PixelCrop turned(PixelCrop crop, std::string_view filters);

// The borders that players are not to show; nothing where there are none.
std::optional<PixelCrop> pixel_crop(const Element& track);

}  // namespace hevcpool::media
