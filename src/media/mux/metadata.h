// SPDX-License-Identifier: GPL-2.0-or-later
// Tags, flags, chapters and attached files, from a source to an output. Plain functions, used before the header.
#pragma once

#include "media/mux/output.h"
#include "media/input/source.h"

namespace hevcpool::media {

// Tags of the whole file, and what the muxer must be told to keep them.
void copy_file_tags(const Source& source, Container container, Output& output);
// The tags alone.
void copy_file_tags(const AVFormatContext& source, AVFormatContext& target);
// Language, title, flags and the other tags of one stream. Of an encoded stream those that describe the old
// encoding are left out.
void copy_stream_tags(const AVStream& source, Container container, AVStream& output, bool encoded);
// Chapters inside [begin, end) (AV_TIME_BASE units of the source's clock), moved so that `begin` becomes 0.
Expected<void> copy_chapters(const AVFormatContext& source, AVFormatContext& output, std::int64_t begin,
                             std::int64_t end);
// A file attached to the source, or a picture that the container keeps as an attached file.
Expected<void> add_attachment(const AVStream& source, AVStream& output);

}  // namespace hevcpool::media
