// SPDX-License-Identifier: GPL-2.0-or-later
// One audio stream through decoder, filter and encoder into a file of its own. Time 0 is where the source's file begins:
// sound that begins later, and gaps, become silence.
#pragma once

#include "media/libav/diagnostics.h"
#include "media/input/source.h"

#include <cstdint>
#include <functional>
#include <string>

namespace hevcpool::media {

struct AudioEncodeRequest {
  std::string codec;                // as in AudioExtract, not "copy"
  std::uint64_t bitrate = 0;        // 0: the encoder's default
  std::string filter;               // audio filters to apply; may be empty
  int target = -1;                  // empty O_RDWR file
  std::string target_name;          // as in AudioExtractRequest
  std::function<bool()> cancelled;  // may be empty
};
struct EncodedAudio {
  std::string codec, extension;
  std::int64_t packets = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;
};

Expected<EncodedAudio> encode_audio(Source& source, int stream, const AudioEncodeRequest& request, Diagnostics& notes);

}  // namespace hevcpool::media
