// SPDX-License-Identifier: GPL-2.0-or-later
// The description of one track of a Matroska output, completed. Plain function.
#pragma once

#include "media/mux/matroska_marks.h"

namespace hevcpool::media {

// `track` is what the muxer wrote.
void mark_track(Element& track, const TrackMarks& marks);

}  // namespace hevcpool::media
