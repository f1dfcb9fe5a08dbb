// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of the pictures, told before they are encoded: from what the container says, the first frames where that
// is not enough, and what the request asks for. One thread.
#pragma once

#include "media/input/source.h"
#include "media/plan/inspection.h"

namespace hevcpool::media {

// Fills in `inspection.planned` and notes what happens to the picture. Reads from `source`, which nobody reads from
// after that. `fd` and `name` are those of the source. Where no frame can be decoded, nothing is said of the frames.
Expected<void> plan_pictures(int fd, const std::string& name, Source& source, const EncodeOptions& options,
                             Inspection& inspection, Diagnostics& notes);

// The options for one stream: with the crop that was found, and with the filters that turn it upright where the
// container cannot say that it is to be turned (the stream then says so no more). Diagnostics both.
Expected<EncodeOptions> settle_picture_options(int fd, const std::string& name, AVStream& stream, Container container,
                                               const EncodeOptions& options, Diagnostics& notes);

}  // namespace hevcpool::media
