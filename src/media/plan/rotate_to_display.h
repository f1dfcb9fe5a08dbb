// SPDX-License-Identifier: GPL-2.0-or-later
// Matroska, as libavformat writes it, has no place for a display matrix: there the picture itself is turned by
// quarter turns and mirrorings, which lose nothing. MP4 and MOV keep the matrix and the picture as it is.
#pragma once

#include "media/libav/av.h"

#include <string>

namespace hevcpool::media {

// The filters that show the picture of `stream` as its display matrix says; empty when it has none, or one that
// is no right angle.
std::string upright_filters(const AVStream& stream);

// Takes the matrix away, for a picture that the filters turn. The stream's side data is changed in place.
void forget_display_matrix(AVStream& stream);

}  // namespace hevcpool::media
