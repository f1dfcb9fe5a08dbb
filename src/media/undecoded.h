// SPDX-License-Identifier: GPL-2.0-or-later
// Stretches of a stream of which its decoder makes nothing, as where a recording goes on in another codec: each is said,
// with how long it is. Plain value, one thread.
#pragma once

#include "media/decoder.h"
#include "media/notes.h"

#include <string>

namespace hevcpool::media {

class UndecodedStretches {
 public:
  // Both outlive it. `start_time`: of the file, AV_TIME_BASE units.
  UndecodedStretches(const AVStream& stream, std::int64_t start_time, Notes& notes)
      : stream_(stream), start_time_(start_time), notes_(notes) {}

  // `counts` are the decoder's after the packet.
  void note(const AVPacket& packet, const DecodeCounts& counts);
  void finish(const DecodeCounts& counts) { end_stretch(counts); }

 private:
  void end_stretch(const DecodeCounts& counts);
  std::string seems_to_be() const;
  double seconds(std::int64_t time) const;

  const AVStream& stream_;
  std::int64_t start_time_;
  Notes& notes_;
  DecodeCounts before_;
  std::int64_t packets_ = 0;
  std::int64_t first_ = AV_NOPTS_VALUE, last_ = AV_NOPTS_VALUE;  // times of them
  std::string beginning_;
};

}  // namespace hevcpool::media
