// SPDX-License-Identifier: GPL-2.0-or-later
// Which packets of the video go into a copied clip, and in which form. Used by one ClipCopier, which gives it every
// video packet from the seek on. One thread.
#pragma once

#include "media/clip/clip_target.h"
#include "media/clip/smart_cut.h"

#include <memory>

namespace hevcpool::media {

class ClipVideo {
 public:
  // From the first key frame on, which is shown from the part's beginning where it is on screen then, and nothing after
  // the end but what frames before it need.
  static std::unique_ptr<ClipVideo> plain(const AVStream& source);
  // The edges as they were encoded, the middle copied. Changes how `target` is described. All is borrowed.
  static Expected<std::unique_ptr<ClipVideo>> smart(const SmartCut& cut, const AVStream& source, AVStream& target);
  virtual ~ClipVideo() = default;

  // After the target's header, which is borrowed.
  virtual Expected<void> begin(ClipTarget& target, const Part& part) = 0;
  virtual Expected<void> take(AVPacket& packet) = 0;
  // The source ends there, in ticks of its stream; what copies packets shows its last picture until then.
  virtual void end_at(std::int64_t) {}
  virtual Expected<void> finish() = 0;
  virtual std::int64_t packets() const = 0;
};

}  // namespace hevcpool::media
