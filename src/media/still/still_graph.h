// SPDX-License-Identifier: GPL-2.0-or-later
// From a decoded frame to the pixels of a picture file: tone mapping, size with square pixels, orientation, colour
// matrix and range. Pure functions that write a filter graph.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/tasks.h>

#include <array>
#include <cstdint>
#include <string>

namespace hevcpool::media {

// How stored pixels are turned to be upright: first transposed, then mirrored.
struct Orientation {
  bool transposed = false;
  bool mirror_x = false, mirror_y = false;
  bool upright() const { return !transposed && !mirror_x && !mirror_y; }
  bool operator==(const Orientation&) const = default;
};

// From a display matrix; angles that are not quarter turns are taken as the nearest one.
Orientation orientation_of_matrix(const std::array<std::int32_t, 9>& matrix);
// Of the display matrix that counts.
Orientation orientation_of(const AVFrame& frame, const AVStream& stream);
// The EXIF orientation value, 1 to 8.
int exif_orientation(const Orientation& orientation);

struct Size {
  int width = 0, height = 0;
  bool operator==(const Size&) const = default;
};

// The size of the upright picture for stored pixels of `stored` with the sample aspect ratio `sample`.
Size display_size(Size stored, AVRational sample, const Orientation& orientation);
// The size asked for by `options` for a picture of `display` (before any cropping to fill).
Size fitted_size(Size display, const StillOptions& options);

// The graph that makes a picture file's pixels from `frame`. `format` must not be automatic.
std::string still_graph(const AVFrame& frame, AVRational sample, const Orientation& orientation,
                        const StillOptions& options, StillFormat format);

bool is_hdr(const AVFrame& frame);

}  // namespace hevcpool::media
