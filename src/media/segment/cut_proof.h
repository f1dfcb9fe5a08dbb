// SPDX-License-Identifier: GPL-2.0-or-later
// The proof that a stream may be cut at a key frame: the first frames after the cut, as decoded by the worker that
// came from before it and by the worker that began at it, must be the same, at the same times, without an error.
// Where they are not (references across the cut, intra refresh, late references) the two segments are one.
// Plain values; one thread.
#pragma once

#include "media/libav/av.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/murmur3.h>
}

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::media {

struct ProofFrame {
  std::int64_t pts = 0;
  std::string hash;  // of the visible samples of all planes, 32 hexadecimal digits
  bool operator==(const ProofFrame&) const = default;
};

// What one worker saw of the frames at and after a cut.
struct CutProof {
  std::vector<ProofFrame> frames;  // at most kProofFrames, fewer only at the end of the stream
  bool clean = true;               // no error of the decoder among them
  bool operator==(const CutProof&) const = default;
};

inline constexpr std::size_t kProofFrames = 16;

// Whether the cut holds.
bool agree(const CutProof& before, const CutProof& after);
// One word for a proof: two clean ones have the same exactly when they agree. Empty for a proof that is not clean,
// which agrees with none.
std::string digest(const CutProof& proof);

// A hash that is fed segment by segment: 128 bits, not against forgers.
class Hasher {
 public:
  Hasher();
  void add(const void* data, std::size_t size);
  // 32 hexadecimal digits; ends the hash.
  std::string finish();

 private:
  std::unique_ptr<AVMurMur3, FreeByPointer<av_free>> state_;
};

std::string hash_frame(const AVFrame& frame);

// Collects the frames of a proof from the decoded frames that pass by in presentation order.
class ProofRecorder {
 public:
  // Frames at or after `begin`. The largest number means: there is no cut, and the proof is full at once.
  explicit ProofRecorder(std::int64_t begin) : begin_(begin) {}
  void see(const AVFrame& frame);
  // The decoder refused or concealed something at time `pts`.
  void note_error(std::int64_t pts);
  bool full() const { return !wanted() || proof_.frames.size() >= kProofFrames; }
  bool wanted() const {
    return begin_ != std::numeric_limits<std::int64_t>::max() && begin_ != std::numeric_limits<std::int64_t>::min();
  }
  const CutProof& proof() const { return proof_; }

 private:
  std::int64_t begin_;
  CutProof proof_;
};

}  // namespace hevcpool::media
