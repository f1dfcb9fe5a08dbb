// SPDX-License-Identifier: GPL-2.0-or-later
// Decides what becomes of each stream of a source, before anything is encoded, and in which container. The same
// decision serves the dry run and the conversion.
#pragma once

#include "media/input/source.h"
#include "media/plan/inspection.h"

namespace hevcpool::media {

// Fills `inspection` with everything the source says and the streams' fates. Diagnostics what is lost; under
// options.strict a loss is an error.
Expected<Inspection> plan_streams(const Source& source, const EncodeOptions& options, Diagnostics& notes);

}  // namespace hevcpool::media
