// SPDX-License-Identifier: GPL-2.0-or-later
// The parameter sets (VPS, SPS, PPS) of HEVC that is copied into MP4 or MOV. Under the name 'hvc1' all of them are in the
// track's header and none is in a sample; Apple's players take nothing else. Samples and header may be in either form,
// length-prefixed with 'hvcC', or Annex B. Plain values, one thread.
#pragma once

#include "media/libav/av.h"
#include "media/hevc/nal.h"

#include <vector>

namespace hevcpool::media {

class HevcSets {
 public:
  // Of a header.
  explicit HevcSets(const AVCodecParameters& codec);

  // A header that has none takes over those of the sample.
  void learn(const AVPacket& sample);
  // Takes the sets out of the sample. False: the sample has one that the header has not, and is unchanged.
  Expected<bool> take_out_of(AVPacket& sample) const;
  // Writes what was learned into the header, and whether the header is complete (as 'hvc1' demands) or the samples may
  // have more sets.
  Expected<void> describe(AVCodecParameters& codec, bool complete) const;

 private:
  bool has(std::span<const std::uint8_t> nal) const;
  std::vector<std::span<const std::uint8_t>> leading_nals(const AVPacket& sample) const;
  Bytes header() const;

  int length_size_ = 0;      // of a NAL unit, bytes; 0: Annex B
  Bytes beginning_;          // of 'hvcC', up to the sets
  std::vector<Bytes> sets_;
  bool learned_ = false;
};

}  // namespace hevcpool::media
