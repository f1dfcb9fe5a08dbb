// SPDX-License-Identifier: GPL-2.0-or-later
// File to file: everything a source holds, with its video as HEVC, written into a descriptor. Runs in one worker,
// in the calling thread. Knows nothing of processes, JSON or paths.
#pragma once

#include "base/error.h"
#include "media/plan/inspection.h"
#include "media/libav/diagnostics.h"
#include "media/mux/stream_count.h"
#include "media/video/video_track.h"

#include <hevcpool/encode.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct TranscodeReport {
  Inspection inspection;
  std::vector<StreamCount> outputs;    // what verification must find again
  std::int64_t frames = 0;             // of the first video stream
  double duration = 0;                 // of the output, seconds
  std::uint64_t bytes_out = 0;
  double damage = 0;                   // percent of the frames that are concealed or missing
  bool incomplete = false;             // the source has more than could be read: data is missing, a stream is encrypted
  std::vector<Warning> warnings;
};

// Makes the track of an encoded video stream, in place of VideoTrack::create().
using VideoTrackMaker = std::function<Expected<std::unique_ptr<VideoTrack>>(
    AVFormatContext& format, AVStream& stream, const EncodeOptions& options, const VideoTrack::Pass& pass,
    Diagnostics& notes)>;

struct TranscodeRequest {
  int source = -1;                     // read with pread only
  int target = -1;                     // O_RDWR, empty
  std::string name;                    // of the source, for format probing by extension; never opened
  EncodeOptions options;               // container may be automatic
  std::string scratch_folder;          // for two-pass statistics only; may be empty
  std::function<void(const EncodeProgress&)> on_progress;  // may be empty
  std::function<bool()> cancelled;                          // may be empty
  VideoTrackMaker make_video;                               // may be empty
};

Expected<TranscodeReport> transcode(const TranscodeRequest& request);

}  // namespace hevcpool::media
