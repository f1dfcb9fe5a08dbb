// SPDX-License-Identifier: GPL-2.0-or-later
// Whether an output is what its conversion meant to write. Runs in the calling thread.
#pragma once

#include "media/convert/transcode.h"

namespace hevcpool::media {

struct VerifyRequest {
  int target = -1;                     // opened for reading
  int source = -1;                     // for Verify::full
  std::string source_name;
  Verify depth = Verify::fast;
  EncodeOptions options;
  TranscodeReport expected;
  std::function<void(const EncodeProgress&)> on_progress;
  std::function<bool()> cancelled;
};
struct VerifyReport {
  double lowest_ssim = 0;              // full only
  std::int64_t lowest_ssim_frame = -1;
  std::int64_t frames_decoded = 0;
};
Expected<VerifyReport> verify(const VerifyRequest& request);

}  // namespace hevcpool::media
