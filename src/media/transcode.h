// SPDX-License-Identifier: GPL-2.0-or-later
// File to file: everything a source holds, with its video as HEVC, written into a descriptor. Runs in one worker,
// in the calling thread. Knows nothing of processes, JSON or paths.
#pragma once

#include "base/error.h"
#include "media/notes.h"
#include "media/video_track.h"

#include <hevcpool/encode.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

// A stream of the source and what becomes of it.
struct StreamPlan {
  int index = -1;                 // in the source
  std::string type;               // "video", "audio", "subtitle", "data", "attachment"
  std::string codec;              // libav's name, "unknown" for none
  enum class Action { encode, copy, convert, drop } action = Action::copy;
  std::string target_codec;       // for encode and convert
  std::string reason;             // for drop: why; for convert: from what to what
  std::string language, title;
  bool encrypted = false;         // and therefore dropped
};

// The output's first video stream, as far as it can be told beforehand; 0: unknown.
struct Planned {
  int width = 0, height = 0, bit_depth = 8;
  double frame_rate = 0, frames = 0, duration = 0;
};

// What is known before the first frame is encoded.
struct Inspection {
  std::string format;             // libav's name of the container
  double duration = 0;            // seconds, 0 when unknown
  double start = 0;
  std::uint64_t bytes = 0;
  std::string video_codec;        // of the first video stream that is not a picture
  int width = 0, height = 0, bit_depth = 8;
  double frame_rate = 0;
  double frames = 0;              // estimate, 0 when unknown
  bool has_video = false;
  bool is_hevc = false;           // every video stream is HEVC already
  Container container = Container::automatic;   // the container chosen (never automatic once inspected)
  Planned planned;                // by inspect() only, and only of a source that will be encoded
  std::vector<StreamPlan> streams;
};

struct StreamCount {
  int index = -1;                 // in the output
  std::string type, codec;
  std::int64_t packets = 0;
  double start = 0, end = 0;      // seconds
  // Where the source's stream ends, on the output's clock: of sound the last packet's end, of others its beginning.
  // Nothing where the source does not tell, or where the output is to end elsewhere.
  std::optional<double> source_end;
};

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
    Notes& notes)>;

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

Expected<Inspection> inspect(int source, const std::string& name, const EncodeOptions& options, Notes& notes);
Expected<TranscodeReport> transcode(const TranscodeRequest& request);

struct VerifyRequest {
  int target = -1;                     // opened for reading
  int source = -1;                     // for Verify::full
  std::string source_name;
  Verify depth = Verify::fast;
  EncodeOptions options;
  TranscodeReport expected;
  std::function<void(const EncodeProgress&)> on_progress;
  std::function<bool()> cancelled;
};
struct VerifyReport {
  double lowest_ssim = 0;              // full only
  std::int64_t lowest_ssim_frame = -1;
  std::int64_t frames_decoded = 0;
};
Expected<VerifyReport> verify(const VerifyRequest& request);

}  // namespace hevcpool::media
