// SPDX-License-Identifier: GPL-2.0-or-later
// Which of its threads x265 may use: only so many that the same input gives the same bytes in every run. Pure functions.
#pragma once

#include <x265.h>

#include "base/error.h"

namespace hevcpool::media {

// The pool for `threads`; with one, x265 does nearly everything in the caller's thread. Before the request's own
// parameters, which may still turn the CU tree off.
Expected<void> set_threads(const x265_api& api, x265_param& param, unsigned threads);

// How many frames are encoded at once. After everything else that sets a parameter.
void settle_frame_threads(x265_param& param);

// Whether the encoder keeps to a decoder's buffer (VBV).
bool keeps_to_buffer(const x265_param& param);

// With VBV, rows that run beside each other take their quantiser from how far the others are: another run gives other
// bytes. Only with a pool of threads.
bool bytes_may_differ(const x265_param& param);

}  // namespace hevcpool::media
