// SPDX-License-Identifier: GPL-2.0-or-later
// Where a finished MP4 or MOV ends. Pictures that are there only because others need them come after the end of a part:
// the edit lists, which libav's muxer makes by the samples, are to leave them out. A plain function over a descriptor.
#pragma once

#include "base/error.h"

namespace hevcpool::media {

// No track is played for longer than so many seconds from the film's beginning on. `fd` is O_RDWR and seekable.
Expected<void> end_movie_at(int fd, double seconds);

}  // namespace hevcpool::media
