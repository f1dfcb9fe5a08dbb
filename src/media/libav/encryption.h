// SPDX-License-Identifier: GPL-2.0-or-later
// Which streams of a file are encrypted. libav passes encrypted samples on like others, and decoders make noise of
// them; only the container says what they are. The result is stored in the stream's own description, where
// all code that has the stream can read it.
//
//   MP4, MOV        sample entries encv, enca and the like, in any track (ISO/IEC 14496-12, 8.12; 23001-7)
//   Matroska        a track's ContentEncryption
//   MPEG-TS         scrambled packets of a stream, where they are most of it; SAMPLE-AES by its stream types
//   MPEG-PS         the same of its PES packets (DVD)
//   ASF             the file's content encryption objects
#pragma once

#include "media/libav/av.h"

#include <string>
#include <string_view>

namespace hevcpool::media {

// Reads the descriptor with pread. For each file once, when its streams are known.
void mark_encrypted(int fd, AVFormatContext& format);

// The scheme: "cenc", "cbcs", "Matroska ContentEncryption"... Empty: the stream is clear.
std::string_view encryption_of(const AVStream& stream);
// "video stream 0 (h264) is encrypted (cenc)".
std::string encryption_sentence(const AVStream& stream);
// Fails where the stream is encrypted: nothing can be made of it.
Expected<void> require_clear(const AVStream& stream);

// Of an MP4 or MOV file that libav cannot read: the scheme of its first encrypted track; empty: none is.
std::string mp4_encryption(int fd);

// What the tag of the stream that holds it is named. No file's own tags.
inline constexpr const char* kEncryptionTag = "hevcpool_encryption";

}  // namespace hevcpool::media
