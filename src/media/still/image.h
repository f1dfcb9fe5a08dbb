// SPDX-License-Identifier: GPL-2.0-or-later
// One still picture to another: whatever libav reads, as JPEG, PNG or WebP. Runs in the calling thread.
#pragma once

#include "base/error.h"
#include "media/libav/diagnostics.h"

#include <hevcpool/tasks.h>

#include <string>
#include <vector>

namespace hevcpool::media {

struct ImageRequest {
  int source = -1;
  std::string name;    // of the source, for format probing
  Image options;       // picture.format must not be automatic; paths are not used
  int target = -1;     // empty file
};
struct ImageReport {
  int width = 0, height = 0;  // as stored
  int orientation = 1;        // EXIF value that the file made carries
  std::string source_codec;
  std::uint64_t bytes = 0;
  std::vector<Warning> warnings;
};

Expected<ImageReport> convert_image(const ImageRequest& request);

}  // namespace hevcpool::media
