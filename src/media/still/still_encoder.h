// SPDX-License-Identifier: GPL-2.0-or-later
// One frame to the bytes of a picture file, by libavcodec's encoders.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/tasks.h>

#include <cstdint>
#include <vector>

namespace hevcpool::media {

// A JPEG's own tables make it some 4 % smaller, and take a sixth of the time besides.
enum class HuffmanTables { own, standard };

// `frame` has a pixel format that still_graph() made for `format`.
Expected<std::vector<std::uint8_t>> encode_still(const AVFrame& frame, StillFormat format, int quality,
                                                 HuffmanTables tables = HuffmanTables::own);

// Puts an EXIF block with only an orientation behind the start of a JPEG.
void mark_jpeg_orientation(std::vector<std::uint8_t>& jpeg, int exif_orientation);

// The format for a file name, by its extension; automatic when it names none.
StillFormat still_format_of(const std::string& name);
// "jpg", "png", "webp".
const char* still_extension(StillFormat format);

}  // namespace hevcpool::media
