// SPDX-License-Identifier: GPL-2.0-or-later
// Decodes samples of one HEVC stream while its packets pass by: the first group of pictures, some in the middle and
// the last, each at most to a bound, so that the cost stays a small part of the encoding's. Any complaint of the
// decoder is an error. One thread.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <vector>

namespace hevcpool::media {

class GopCheck {
 public:
  // `packets`: how many the stream has.
  static Expected<GopCheck> create(const AVStream& stream, std::int64_t packets);

  Expected<void> take(const AVPacket& packet);
  // At the end of the stream: decodes what was kept of the last group.
  Expected<void> finish();
  std::int64_t decoded() const { return decoded_; }

 private:
  GopCheck() = default;
  Expected<void> begin_group();
  Expected<void> decode(const AVPacket& packet);
  Expected<void> end_group();
  Expected<void> receive();
  Expected<void> keep(const AVPacket& packet);
  Unexpected failure(int result) const;

  int stream_ = 0;
  std::int64_t packets_ = 0;
  std::int64_t bound_ = 0;             // packets per group
  std::vector<std::int64_t> marks_;    // the next groups to check begin at the first key frame after these packets
  std::int64_t seen_ = 0;
  std::int64_t left_ = 0;              // packets of the present group still to decode
  std::int64_t sent_ = 0, received_ = 0;  // in the present group
  std::int64_t decoded_ = 0;
  bool from_start_ = false;            // the present group is the first: nothing before it can be missing
  CodecContextPtr decoder_;
  FramePtr frame_;
  std::vector<PacketPtr> last_;        // of the newest group, at most bound_
  std::int64_t last_begins_ = 0;
  std::int64_t checked_to_ = 0;        // packets before this one belong to groups checked already
};

}  // namespace hevcpool::media
