// SPDX-License-Identifier: GPL-2.0-or-later
// Is everything there that a container says it holds? A file that was cut off or holed must not pass for a complete
// one; its source might be deleted next. Plain functions over an opened file.
//
// What counts as a promise:
//   - an index with the place of every packet (MP4, MOV): a place behind the end of the file is missing data;
//   - the size of the whole, where the file's outermost element states it (Matroska, AVI);
//   - the duration in the header, where the writer fills it in when the recording is complete and nothing better says
//     that all is there: where all is, the last picture may simply stay on for long.
// What does not: transport and programme streams, MXF and their like are made to be cut anywhere (captures, parts
// restored from an archive, files still growing); their header speaks of the recording and not of this piece of it.
// What is missing there is warned about.
#pragma once

#include "media/libav/av.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::media {

// Made to be cut anywhere, see above.
bool is_recording(const AVFormatContext& format);

// Before reading: a sentence about what is missing. Streams with AVDISCARD_ALL do not matter.
std::optional<std::string> missing_by_index(const AVFormatContext& format);

// After reading to the end: the same, when the last packet ended at `end` seconds and every stream was read.
std::optional<std::string> missing_by_duration(const AVFormatContext& format, double end);

// After reading to the end, with nothing missing: when the last picture of a video stream is over, in seconds, as the
// container states it: packets may not say, or not in the order of the pictures. `ends`: of all streams, by their
// packets; 0 where a stream was not read.
std::optional<double> stated_end(const AVFormatContext& format, int stream, const std::vector<double>& ends);

// The size in bytes that the outermost element of a file claims, header included; nothing when it claims none.
// `head` is the file's beginning.
std::optional<std::uint64_t> claimed_matroska_size(std::string_view head);
std::optional<std::uint64_t> claimed_riff_size(std::string_view head);

}  // namespace hevcpool::media
