// SPDX-License-Identifier: GPL-2.0-or-later
// What a Matroska track says of its pictures and libav's demuxer leaves out. Plain functions.
#pragma once

#include "media/input_file.h"
#include "media/matroska_marks.h"

#include <hevcpool/encode.h>

#include <optional>

namespace hevcpool::media {

// The light levels, and the values of a mastering display, where only some of them are stated: into the side data of the
// source's stream. What libav found stays.
void add_hdr_values(const Element& track, AVStream& stream);

// The borders that players are not to show; nothing where there are none.
std::optional<TrackMarks::Crop> pixel_crop(const Element& track);

// Keeps them in an encoded track whose picture the options do not change.
void carry_crop(const InputFile& source, int stream, const EncodeOptions& options, TrackMarks& marks);

}  // namespace hevcpool::media
