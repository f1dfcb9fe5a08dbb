// SPDX-License-Identifier: GPL-2.0-or-later
// Stretches of a stream of which its decoder makes nothing, as where a recording goes on in another codec: each is said,
// with how long it is. Plain value, one thread.
#pragma once

#include "media/video/decoder.h"
#include "media/libav/diagnostics.h"

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::media {

class UndecodedStretches {
 public:
  // Both outlive it. `start_time`: of the file, AV_TIME_BASE units.
  UndecodedStretches(const AVStream& stream, std::int64_t start_time, Diagnostics& notes)
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
  Diagnostics& notes_;
  DecodeCounts before_;
  std::int64_t packets_ = 0;
  std::int64_t first_ = AV_NOPTS_VALUE, last_ = AV_NOPTS_VALUE;  // times of them
  std::string beginning_;
};

// A recording that begins amid a group of pictures has frames that cannot be decoded.
class LateStart {
 public:
  // As above.
  LateStart(const AVStream& stream, std::int64_t start_time, Diagnostics& notes)
      : stream_(stream), start_time_(start_time), notes_(notes) {}

  // A packet before the first frame: it says when one of its predecessors should have been shown.
  void expect(const AVPacket& packet);
  // The first frame is there, at `first` in the stream's time base. Of those before it only the wanted ones count.
  void end_at(std::int64_t first, const std::function<bool(std::int64_t)>& wanted);
  std::int64_t missing() const { return missing_; }

 private:
  const AVStream& stream_;
  std::int64_t start_time_;
  Diagnostics& notes_;
  std::vector<std::int64_t> expected_;
  std::int64_t missing_ = 0;
};

}  // namespace hevcpool::media
