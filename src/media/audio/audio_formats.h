// SPDX-License-Identifier: GPL-2.0-or-later
// Which file holds which kind of sound. Pure functions over libav's tables.
#pragma once

#include "media/libav/av.h"

#include <string>

namespace hevcpool::media {

struct AudioFileKind {
  std::string muxer;      // libavformat's name
  std::string extension;  // without the dot
};

// The file that players expect for a codec as it is; Matroska for those that have none.
AudioFileKind natural_audio_file(AVCodecID codec);
// The one that a file's name asks for, or the natural one where it asks for none; an error where that kind of file
// cannot hold the codec.
Expected<AudioFileKind> audio_file_named(const std::string& name, AVCodecID codec);
// Whether such a file says when its sound is heard, not only in which order.
bool holds_times(const AudioFileKind& kind);
// Whether the codec is a form of PCM that is only found within one kind of disc or stream: its samples go into a WAV.
bool fits_no_file(AVCodecID codec);

// How an AudioExtract::codec other than "copy" is made.
struct AudioEncoding {
  const AVCodec* encoder = nullptr;
  AudioFileKind file;
};
// `source` decides the depth of WAV.
Expected<AudioEncoding> audio_encoding(const std::string& codec, const AVCodecParameters& source);

}  // namespace hevcpool::media
