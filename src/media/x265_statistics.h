// SPDX-License-Identifier: GPL-2.0-or-later
// What x265 measures of itself, as the profile takes it. Pure.
#pragma once

#include <x265.h>

#include "profile/encoder_probe.h"

namespace hevcpool::media {

// Makes x265 time its frames. Nothing that it encodes changes.
void want_statistics(x265_param& param);
profile::EncoderShape shape_of(const x265_param& actual);
// Of a picture that x265 gave out.
profile::EncodedFrame statistics_of(const x265_param& actual, const x265_picture& picture);

}  // namespace hevcpool::media
