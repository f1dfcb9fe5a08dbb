// SPDX-License-Identifier: GPL-2.0-or-later
// Which packets of the video go into a copied clip, and in which form. Used by one ClipCopier, which gives it every
// video packet from the seek on. One thread.
#pragma once

#include "media/clip_target.h"
#include "media/smart_cut.h"

#include <memory>

namespace hevcpool::media {

class ClipVideo {
 public:
  // From the first key frame on, and nothing after the end but what frames before it need.
  static std::unique_ptr<ClipVideo> plain(const AVStream& source);
  // The edges as they were encoded, the middle copied. Changes how `target` is described. All is borrowed.
  static Expected<std::unique_ptr<ClipVideo>> smart(const SmartCut& cut, const AVStream& source, AVStream& target);
  virtual ~ClipVideo() = default;

  // After the target's header.
  virtual Expected<void> begin(ClipTarget& target) = 0;
  // Microseconds on the source's clock.
  virtual Expected<void> take(AVPacket& packet, std::int64_t start, std::int64_t end, ClipTarget& target) = 0;
  virtual Expected<void> finish(ClipTarget& target) = 0;
  std::int64_t packets() const { return packets_; }

 protected:
  Expected<void> write(AVPacket& packet, ClipTarget& target) {
    ++packets_;
    return target.write(packet);
  }

 private:
  std::int64_t packets_ = 0;
};

}  // namespace hevcpool::media
