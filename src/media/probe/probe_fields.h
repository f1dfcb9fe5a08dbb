// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of a probe document, each from the libav object that it describes. Values that are unknown have no
// field, as in ffprobe's JSON.
#pragma once

#include "media/libav/av.h"
#include "media/probe/document.h"

namespace hevcpool::media {

// `decoder` is the opened decoder of the stream, or a context without codec where opening would tell no more, or null
// when there is none.
Document probe_stream(AVFormatContext& format, AVStream& stream, const AVCodecContext* decoder);
Document probe_chapter(const AVChapter& chapter);
Document probe_format(AVFormatContext& format, const std::string& name);
Document probe_side_data(const AVStream& stream);

// "%f" of a time stamp in seconds.
std::string probe_time(std::int64_t timestamp, AVRational time_base);
// "24000/1001"
std::string probe_ratio(AVRational ratio, char separator);

}  // namespace hevcpool::media
