// SPDX-License-Identifier: GPL-2.0-or-later
// Which frames of a video stream are to be encoded: those in [start, start + duration) of the options. Plain value,
// one thread.
#pragma once

#include "media/av.h"

#include <hevcpool/encode.h>

namespace hevcpool::media {

class AskedRange {
 public:
  // `stream` must outlive it.
  AskedRange(const AVStream& stream, const EncodeOptions& options)
      : stream_(&stream), start_(options.start), duration_(options.duration) {}

  // `pts` is in the stream's time base. The first frame that is asked for must be the first in order of time.
  bool contains(std::int64_t pts);

 private:
  void choose_origin(std::int64_t first);

  const AVStream* stream_;
  double start_, duration_;                // seconds
  std::int64_t origin_ = AV_NOPTS_VALUE;  // what they count from
};

}  // namespace hevcpool::media
