// SPDX-License-Identifier: GPL-2.0-or-later
// Brings decoded pictures into the encoder's format. A picture that has it already passes untouched and
// uncopied; others go through swscale, and sides that the encoder cannot take are extended by replicating the
// edge. A picture of another size than the first is scaled to it. Buffers are used again and again: a converted
// picture is valid until the next call, or as long as the caller keeps a reference to it. For one thread.
#pragma once

#include "media/picture_format.h"

#include <vector>

namespace hevcpool::media {

class PictureConverter {
 public:
  explicit PictureConverter(const PictureFormat& target) : target_(target) {}

  // The picture to encode: `frame` itself, or the converter's own. Its side data is not carried over.
  Expected<const AVFrame*> convert(const AVFrame& frame);

 private:
  Expected<void> prepare_buffer();
  Expected<void> prepare_scaler(const AVFrame& frame);
  void fill(const AVFrame& frame);
  Expected<void> scale(const AVFrame& frame);
  void replicate_edges(int width, int height);
  bool wants_scaling(const AVFrame& frame) const;

  PictureFormat target_;
  std::vector<FramePtr> buffers_;
  AVFrame* buffer_ = nullptr;  // the one of them that is being filled
  ScalerPtr scaler_;
};

}  // namespace hevcpool::media
