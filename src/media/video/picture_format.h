// SPDX-License-Identifier: GPL-2.0-or-later
// Which of the encoder's picture formats a source format becomes: bit depth and chroma kept where HEVC has
// them, else the nearest finer one. Pure functions.
#pragma once

#include <hevcpool/encode.h>

#include "media/libav/av.h"
#include "media/libav/diagnostics.h"

namespace hevcpool::media {

struct PictureFormat {
  AVPixelFormat pixels =
      AV_PIX_FMT_NONE;  // planar, little endian, one of yuv4xxp, gray, gbrp at 8, 10 or 12 bit
  int depth = 8;
  int width = 0, height = 0;              // shown
  int coded_width = 0, coded_height = 0;  // with replicated edges: even where chroma needs it, at least 64x16
  bool full_range = false;
  bool from_rgb = false;  // the source is RGB: `matrix` was chosen, not carried
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;

  bool padded() const { return coded_width != width || coded_height != height; }
  bool operator==(const PictureFormat&) const = default;
};

// The format for pictures like `frame`. What the conversion loses is noted.
Expected<PictureFormat> choose_format(const AVFrame& frame, const EncodeOptions& options, Diagnostics& notes);

// True when the samples of `source` are laid out as those of `target`: no conversion needed.
bool same_layout(AVPixelFormat source, AVPixelFormat target);

}  // namespace hevcpool::media
