// SPDX-License-Identifier: GPL-2.0-or-later
// Languages of a finished MOV. libav's muxer writes the codes of the old Macintosh there, and nothing for a language that
// has none. QuickTime reads the three letters of ISO 639-2, too, as MP4 has them. A plain function over a descriptor.
#pragma once

#include "media/libav/av.h"

namespace hevcpool::media {

// Writes the `language` tag of each stream of `output` into its track, if it has three letters. `fd` is O_RDWR.
Expected<void> write_mov_languages(int fd, const AVFormatContext& output);

}  // namespace hevcpool::media
