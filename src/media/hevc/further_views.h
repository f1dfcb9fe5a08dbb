// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures in a video stream beside those that decoders give: the second eye of MV-HEVC and of H.264 MVC, further layers
// of scalable streams, transparency in a layer of its own. They are not encoded; here they are found, to be named.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <span>

namespace hevcpool::media {

inline constexpr const char* kFurtherViewLost =
    "its second layer of pictures (another eye's view, 3D, depth or transparency) is left out: decoders give the first one";

// The parameter sets beside the stream announce such a layer.
bool announces_further_view(const AVCodecParameters& codec);
// A packet has some of it.
bool has_further_view(const AVCodecParameters& codec, std::span<const std::uint8_t> packet);

}  // namespace hevcpool::media
