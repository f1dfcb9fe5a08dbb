// SPDX-License-Identifier: GPL-2.0-or-later
// Audio streams of a file copied packet by packet, in one reading, each into a file of its own. Time 0 is where the
// source's file begins.
#pragma once

#include "media/audio/audio_formats.h"
#include "media/input/source.h"

#include <functional>
#include <vector>

namespace hevcpool::media {

struct AudioCopyTarget {
  int stream = 0;     // of the source; one may be asked for twice
  int file = -1;      // empty O_RDWR file
  AudioFileKind kind;
};
struct CopiedAudio {
  std::int64_t packets = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;
  // Seconds that a file without times leaves out: before the first packet, and between packets.
  double lost_delay = 0, lost_gaps = 0;
};

// Discards all other streams of the source.
Expected<std::vector<CopiedAudio>> copy_audio(Source& source, const std::vector<AudioCopyTarget>& targets,
                                              const std::function<bool()>& cancelled);

}  // namespace hevcpool::media
