// SPDX-License-Identifier: GPL-2.0-or-later
// A video track whose packets were encoded before, in segments: it takes the source's packets only to keep step with
// them, and hands out those of the segment files instead, as one stream: one sequence of parameter sets, decoding
// times made anew over the cuts. What describes the stream comes from an ordinary track that sees the first frame
// and whose encoder must offer the very parameter sets that the segments have.
#pragma once

#include "media/segment/segment_file.h"
#include "media/video/video_track.h"

#include <deque>
#include <memory>
#include <vector>

namespace hevcpool::media {

// Segment files of one stream, in order, checked to be all of it.
struct SegmentSet {
  std::vector<SegmentReader> segments;
  std::vector<std::int64_t> times;      // of all frames, in order of presentation
  std::int64_t last_duration = 1;       // of the last of them

  // `files` are borrowed, in any order. `options_hash` is what every segment must have been made with.
  static Expected<SegmentSet> open(const std::vector<int>& files, const std::string& options_hash);
};

Expected<std::unique_ptr<VideoTrack>> make_segmented_track(SegmentSet segments, AVFormatContext& format,
                                                           AVStream& stream, const EncodeOptions& options,
                                                           Diagnostics& notes);

}  // namespace hevcpool::media
