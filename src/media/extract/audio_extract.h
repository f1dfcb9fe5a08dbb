// SPDX-License-Identifier: GPL-2.0-or-later
// Audio tracks of a file, each into a file of its own: copied packet by packet into the natural container of their
// codec, or encoded; measured and normalised on request. Runs in the calling thread.
#pragma once

#include "base/error.h"
#include "media/audio/loudness.h"
#include "media/libav/diagnostics.h"

#include <hevcpool/tasks.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct AudioExtractRequest {
  int source = -1;
  std::string name;                 // of the source, for format probing
  AudioExtract options;             // paths are not used
  std::vector<int> targets;         // empty O_RDWR files, at least as many as tracks; the first ones are used
  std::string target_name;          // of the one target, where the user chose it: its extension counts
  std::function<bool()> cancelled;  // may be empty
};

struct ExtractedTrack {
  int track = 0;                    // 0-based among the audio tracks
  int stream = 0;                   // index in the source
  std::string codec, extension;     // of the file made
  std::string language, title;
  std::int64_t packets = 0;
  double seconds = 0;
  std::uint64_t bytes = 0;
  std::optional<Loudness> loudness; // of the source
};
struct AudioExtractReport {
  std::vector<ExtractedTrack> tracks;  // in the order of the targets
  std::vector<Warning> warnings;
};

Expected<AudioExtractReport> extract_audio(const AudioExtractRequest& request);

}  // namespace hevcpool::media
