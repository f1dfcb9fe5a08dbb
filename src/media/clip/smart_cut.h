// SPDX-License-Identifier: GPL-2.0-or-later
// A frame-accurate part of an HEVC stream, most of it copied: what lies between its first and its last key frame stays
// as it is, only the edges are encoded. Each of the up to three pieces is a coded sequence of its own, with its
// parameter sets in the stream. Plain functions; edges are encoded in the calling thread.
#pragma once

#include "media/clip/clip.h"
#include "media/input/input_file.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace hevcpool::media {

// A packet of the source, as far as the plan needs it. Times are in the stream's time base.
struct SourcePacket {
  std::int64_t pts = 0, dts = 0;
  bool key = false;
};

// Which frames come from where.
struct SmartPlan {
  static constexpr std::int64_t kFileEnd = INT64_MAX;
  std::int64_t begin = 0;       // time of the part's first frame
  std::int64_t end = kFileEnd;  // the part ends before this time
  std::int64_t copy_from = 0;   // the key frame that the copy begins with; frames in [begin, copy_from) are encoded
  std::int64_t copy_to = kFileEnd;    // the key frame that the copy ends before, by its own time
  std::int64_t tail_from = kFileEnd;  // frames in [tail_from, end) are encoded; kFileEnd: none
  SourcePacket head_key, tail_key;    // where decoding for the edges begins
};

// The part begins with the picture on screen at `begin`. `packets` in decoding order, the first one a key frame shown by
// then; `complete` tells that the last one is the
// file's last. Nothing where no whole group of pictures lies inside the part, or where its structure is not understood.
std::optional<SmartPlan> plan_smart_cut(const std::vector<SourcePacket>& packets, std::int64_t begin, std::int64_t end,
                                        bool complete);

struct PictureTimes {
  std::int64_t pts = 0, dts = 0, duration = 0;  // duration 0: as it was
};

struct SmartCut {
  SmartPlan plan;
  std::int64_t start = 0;             // of the part, AV_TIME_BASE units of the source's clock
  std::vector<PacketPtr> head, tail;  // Annex B, in the stream's time base
  std::vector<PictureTimes> times;    // of all packets of the part, in decoding order, on the source's clock
  bool encodes() const { return !head.empty() || !tail.empty(); }
};

// Nothing where plan_smart_cut() finds nothing, the stream is not HEVC or is interlaced.
Expected<std::optional<SmartCut>> make_smart_cut(const ClipRequest& request);

}  // namespace hevcpool::media
