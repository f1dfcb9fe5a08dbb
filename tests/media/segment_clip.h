// SPDX-License-Identifier: GPL-2.0-or-later
// Small films made for the tests: moving shapes and noise, with a new scene every now and then, encoded by a codec of
// libavcodec into an unnamed file. The same request gives the same bytes.
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace hevcpool::media::test {

struct ClipRequest {
  std::string codec = "libx264";
  std::string muxer = "mp4";
  std::string codec_options;         // "key=value:key=value"
  int width = 160, height = 96;
  int frames = 200;
  int scene = 70;                    // frames of a scene
  int rate = 24;
  int gop = 40;
  int b_frames = 2;
  bool irregular = false;            // frame durations that differ
};

// Nothing when this libav has no such encoder.
UniqueFd make_clip(const ClipRequest& request);

}  // namespace hevcpool::media::test
