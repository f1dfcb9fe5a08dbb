// SPDX-License-Identifier: GPL-2.0-or-later
// How an encoded stream is described, to the encoder and to the container: by the first picture of it. Pure functions.
#pragma once

#include "media/hevc/nal.h"
#include "media/input/stream_rate.h"
#include "media/video/x265_encoder.h"

namespace hevcpool::media {

// Interlaced pictures that are to stay so are flagged with their field order.
FieldOrder field_order_of(const AVFrame& first, const AVStream& stream, Deinterlace deinterlace);

StreamFormat stream_format(const AVFrame& first, const PictureFormat& picture, const StreamRate& rate, FieldOrder fields);

// Fills in the parameters of an output stream. `headers` are the encoder's parameter sets.
Expected<void> describe_stream(const StreamFormat& format, const Bytes& headers, int reorder_delay, AVCodecParameters& out);

}  // namespace hevcpool::media
