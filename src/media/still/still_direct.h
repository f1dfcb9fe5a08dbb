// SPDX-License-Identifier: GPL-2.0-or-later
// The most frequent way of a frame into a JPEG, its own size and upright, without a filter graph: only range and
// matrix change, sample by sample. Pure, but for a table that is made once per process.
#pragma once

#include "media/libav/av.h"
#include "media/still/still_graph.h"

namespace hevcpool::media {

// Whether direct_still() makes the picture that still_graph() describes.
bool can_be_direct(const AVFrame& frame, AVRational sample, const Orientation& orientation,
                   const StillOptions& options, StillFormat format);

// The frame as the encoder takes it: full range, BT.601.
Expected<FramePtr> direct_still(const AVFrame& frame, bool grey);

}  // namespace hevcpool::media
