// SPDX-License-Identifier: GPL-2.0-or-later
// Encodes one segment of a video stream: the frames shown in [begin, end), by an encoder of its own, into a segment
// file. What lies around the segment is decoded as far as it is needed and for the proof of its two cuts. One thread.
#pragma once

#include "media/segment/keyframe_index.h"
#include "media/segment/segment_file.h"

#include <hevcpool/encode.h>

#include <functional>
#include <limits>
#include <string>

namespace hevcpool::media {

// Times are in the stream's time base.
struct SegmentRange {
  static constexpr std::int64_t kFileBegin = std::numeric_limits<std::int64_t>::min();
  static constexpr std::int64_t kFileEnd = std::numeric_limits<std::int64_t>::max();
  std::int64_t begin = kFileBegin, end = kFileEnd;
  // The key frame to begin decoding at: the one at `begin`, or one before it. Unused at the file's begin.
  std::int64_t start = 0;
  std::int64_t dts = AV_NOPTS_VALUE;
  std::int64_t position = -1;          // of its packet in the file; -1: unknown
};

struct SegmentRequest {
  int source = -1;                     // read with pread only
  int target = -1;                     // empty
  std::string name;
  EncodeOptions options;
  std::string options_hash;            // goes into the file's header
  SegmentRange range;
  // A file of 8 bytes: the present end of the segment. Somebody who has nothing to do takes over its last part by writing
  // a smaller number; that is obeyed unless the place is passed already. -1: none.
  int shorten = -1;
  std::function<void(const EncodeProgress&)> on_progress;  // may be empty
  std::function<bool()> cancelled;                          // may be empty
};

// What a finished segment file says of itself.
struct SegmentReport {
  std::int64_t begin = 0, end = 0;
  std::string options_hash;
  std::string head, tail;              // digests of the proofs: the tail of one segment is the head of the next
  std::int64_t frames = 0;
  std::uint64_t bytes = 0;
  std::int64_t decode_errors = 0;
};

Expected<SegmentReport> encode_segment(const SegmentRequest& request);
// From a segment file that exists already.
Expected<SegmentReport> read_segment_report(int segment);

}  // namespace hevcpool::media
