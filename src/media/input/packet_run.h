// SPDX-License-Identifier: GPL-2.0-or-later
// The packets of a video from a key frame to the frame that is shown at a moment, read before any is decoded: which
// frame that is, and where its decoding may begin, is known from their times, so that no other is decoded in vain.
#pragma once

#include "media/input/frame_reader.h"

#include <optional>
#include <span>
#include <vector>

namespace hevcpool::media {

class PacketRun {
 public:
  enum class Found {
    yes,
    late,     // the first key frame comes after the moment: another place to begin may be better
    unknown,  // the packets do not tell: they lack times or key frames, or are too many
  };

  // Reads on from the reader's place until it is certain which frame is on screen at `timestamp` (of the stream's time
  // base): the last one shown by then; where none is yet, the first one. With `first_may_be_late` there is no earlier
  // place.
  static Expected<PacketRun> read(FrameReader& reader, std::int64_t timestamp, bool first_may_be_late);

  Found found() const { return found_; }
  // The frame's own packet is the last one.
  std::span<const PacketPtr> packets() const { return packets_; }

 private:
  explicit PacketRun(std::int64_t timestamp) : timestamp_(timestamp) {}
  Expected<void> read_all(FrameReader& reader);
  Expected<void> keep(AVPacket& packet);
  void consider(const AVPacket& packet);
  bool certain() const;
  void cut_after_target();

  std::int64_t timestamp_;
  Found found_ = Found::unknown;
  std::vector<PacketPtr> packets_;
  std::size_t bytes_ = 0;
  std::int64_t begin_ = 0;             // the key frame's time; what is shown before it may lack its references
  std::optional<std::size_t> target_;  // the best one so far
  std::optional<std::size_t> first_later_;  // of those shown after the moment
  unsigned later_ = 0;                      // how many those are
};

// Whether a packet may hold a field only, half a frame: then times of packets do not say where frames are.
bool may_split_frames(const AVFormatContext& format, const AVStream& stream);

}  // namespace hevcpool::media
