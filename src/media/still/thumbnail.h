// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures of moments of a video, each into its own descriptor, or all on one sheet. Runs in the calling thread.
#pragma once

#include "base/error.h"
#include "media/libav/diagnostics.h"

#include <hevcpool/tasks.h>

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct ThumbnailRequest {
  int source = -1;
  std::string name;                 // of the source, for format probing
  Thumbnail options;                // picture.format must not be automatic; paths are not used
  std::vector<int> targets;         // empty files; one for each moment, or one for a sheet
  int map = -1;                     // for the WebVTT file; -1: none
  std::string sheet_name;           // what the WebVTT file calls the sheet
  std::function<bool()> cancelled;  // may be empty
};

struct ThumbnailPicture {
  double seconds = 0;               // of the frame shown
  bool key_frame = false;
};
struct ThumbnailReport {
  std::vector<ThumbnailPicture> pictures;
  int width = 0, height = 0;        // of one picture
  int sheet_width = 0, sheet_height = 0;
  std::uint64_t bytes = 0;          // of all files
  std::vector<Warning> warnings;
};

Expected<ThumbnailReport> thumbnail(const ThumbnailRequest& request);

// How many pictures these options make.
std::size_t picture_count(const Thumbnail& options);

}  // namespace hevcpool::media
