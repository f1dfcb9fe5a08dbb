// SPDX-License-Identifier: GPL-2.0-or-later
// The messages that belong to single frames: closed captions, HDR10+ metadata, timecodes and Dolby Vision
// RPUs, taken from the side data of decoded frames and written as NAL units. Pure functions.
#pragma once

#include "media/libav/av.h"
#include "media/hevc/field_order.h"
#include "media/hevc/nal.h"

namespace hevcpool::media {

// NAL units to go with one picture, start codes included.
struct FrameMessages {
  Bytes before;  // the first slice
  Bytes after;   // the last slice

  bool empty() const { return before.empty() && after.empty(); }
};

// A fraction in units of 1/scale, as an unsigned number of `bits` bits; what is too small or too large is the nearest
// that there is.
std::uint32_t in_units(AVRational value, std::int64_t scale, int bits);

// A picture timing message: a frame made of fields, with that one first, or a progressive one.
Bytes field_order_message(FieldOrder fields);

// `frame_rate` matters to timecodes above 30 frames per second.
FrameMessages messages_of(const AVFrame& frame, AVRational frame_rate);

// Payloads by themselves, for messages_of() and tests. Empty when the side data is not valid.
Bytes caption_payload(std::span<const std::uint8_t> cc_data);
Bytes hdr10_plus_payload(const AVFrameSideData& metadata);
Bytes timecode_payload(std::span<const std::uint32_t> timecodes, AVRational frame_rate);

}  // namespace hevcpool::media
