// SPDX-License-Identifier: GPL-2.0-or-later
// What x265 measures of itself, as the profile takes it. Pure.
#pragma once

#include <x265.h>

#include "profile/encoder_probe.h"

namespace hevcpool::media {

// Makes x265 time its frames: it then looks at every sample of every picture, too. Nothing that it encodes changes.
void want_times(x265_param& param);
// Makes x265 measure the quality that the parameters ask for, which it does only where its log would show it.
void want_quality(x265_param& param);
profile::EncoderShape shape_of(const x265_param& actual);
// Of a picture that x265 gave out.
profile::EncodedFrame statistics_of(const x265_param& actual, const x265_picture& picture);

}  // namespace hevcpool::media
