// SPDX-License-Identifier: GPL-2.0-or-later
// File to file like transcode(), except that the video was encoded before, in segments, and is only put together.
// Segments that do not fit are errors of the stage "assemble": "cut_mismatch", "parameter_sets", "bad_segments". Runs
// in one worker, in the calling thread.
#pragma once

#include "media/convert/transcode.h"

#include <string>
#include <vector>

namespace hevcpool::media {

struct AssembleRequest {
  TranscodeRequest transcode;
  std::vector<int> segments;    // segment files, several may lie in one, in any order
  std::string options_hash;     // what they were made with
};

Expected<TranscodeReport> assemble(const AssembleRequest& request);

}  // namespace hevcpool::media
