// SPDX-License-Identifier: GPL-2.0-or-later
// Brings decoded pictures into the encoder's format. A picture that has it already passes untouched and
// uncopied; others go through swscale, and sides that the encoder cannot take are extended by replicating the
// edge. A picture of another size or shape than the first is scaled into it, between black bars where the shapes differ:
// a square stays a square. Another matrix or range is converted. Buffers are used again and again: a converted
// picture is valid until the next call, or as long as the caller keeps a reference to it. For one thread.
#pragma once

#include "media/video/picture_format.h"

#include <vector>

namespace hevcpool::media {

class PictureConverter {
 public:
  // `aspect` is the sample aspect ratio of the target; 0/1: unknown.
  explicit PictureConverter(const PictureFormat& target, AVRational aspect = {0, 1}) : target_(target), aspect_(aspect) {}

  // The picture to encode: `frame` itself, or the converter's own. Its side data is not carried over.
  Expected<const AVFrame*> convert(const AVFrame& frame);

 private:
  struct Area {  // of the target, in luma samples
    int x = 0, y = 0, width = 0, height = 0;
  };
  Expected<void> prepare_buffer();
  Expected<void> prepare_scaler(const AVFrame& frame, int width, int height);
  void fill(const AVFrame& frame);
  Expected<void> scale(const AVFrame& frame);
  Expected<void> scale_between_bars(const AVFrame& frame, const Area& area);
  void replicate_edges(int width, int height);
  bool has_target_size(const AVFrame& frame) const;
  bool is_whole(const Area& area) const { return area.width == target_.width && area.height == target_.height; }
  Area area_for(const AVFrame& frame) const;
  bool wants_scaling(const AVFrame& frame) const;

  PictureFormat target_;
  AVRational aspect_;
  std::vector<FramePtr> buffers_;
  AVFrame* buffer_ = nullptr;  // the one of them that is being filled
  FramePtr inner_;  // between the bars
  ScalerPtr scaler_;
};

}  // namespace hevcpool::media
