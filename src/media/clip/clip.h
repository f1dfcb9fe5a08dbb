// SPDX-License-Identifier: GPL-2.0-or-later
// A part of a file as a file: every packet copied from the key frame at or before its start, or everything encoded
// anew from the exact frame, or, of HEVC, only the edges. Runs in the calling thread.
#pragma once

#include "base/error.h"
#include "media/libav/diagnostics.h"

#include <hevcpool/tasks.h>

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct ClipRequest {
  int source = -1;
  int target = -1;                  // empty, O_RDWR
  std::string name;                 // of the source, for format probing
  std::string output_name;          // its extension chooses the container
  Clip options;                     // paths are not used
  std::string scratch_folder;       // for two-pass statistics only; may be empty
  std::function<void(const EncodeProgress&)> on_progress;  // may be empty
  std::function<bool()> cancelled;                         // may be empty
};

struct ClipReport {
  double start = 0;                 // where it really begins, seconds from the source's first moment
  double duration = 0;
  bool reencoded = false;           // all of it
  std::int64_t encoded_frames = 0;  // of a clip that is otherwise copied
  std::int64_t packets = 0;         // of video
  std::uint64_t bytes = 0;
  std::vector<Warning> warnings;
};

Expected<ClipReport> cut_clip(const ClipRequest& request);

struct Part;
// What is asked for, where the source's clock starts at `zero`; AV_TIME_BASE units.
Part asked_part(const Clip& options, std::int64_t zero);

struct SmartCut;
// The copying half; with the edges of a smart cut, if there is one.
Expected<ClipReport> copy_clip(const ClipRequest& request, const SmartCut* smart = nullptr);

}  // namespace hevcpool::media
