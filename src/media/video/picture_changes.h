// SPDX-License-Identifier: GPL-2.0-or-later
// What changes from picture to picture of one stream, as in broadcasts and joined files: size, pixel format, shape on
// screen, colours. The output has the first picture's all along; each difference is noted. One thread.
#pragma once

#include "media/libav/av.h"
#include "media/libav/diagnostics.h"

namespace hevcpool::media {

class PictureChanges {
 public:
  // `notes` outlives it. `shape_is_stated`: by the container, for all pictures. With `strict` what is lost is an error.
  PictureChanges(bool shape_is_stated, bool strict, Diagnostics& notes)
      : shape_is_stated_(shape_is_stated), strict_(strict), notes_(notes) {}

  bool begun() const { return width_ > 0; }
  // The next picture, with what holds for it; `own_aspect` is the sample aspect ratio that it has of itself.
  Expected<void> see(const AVFrame& frame, AVRational own_aspect);
  // Names what is lost.
  Expected<void> lose(std::string_view code, std::string message);

 private:
  void begin(const AVFrame& frame, AVRational own_aspect);
  void note_shape(const AVFrame& frame);
  Expected<void> note_colours(const AVFrame& frame);
  Expected<void> note_overruled_shape(AVRational own_aspect);

  bool shape_is_stated_, strict_;
  Diagnostics& notes_;
  int width_ = 0, height_ = 0;
  int format_ = AV_PIX_FMT_NONE;
  AVRational aspect_{0, 1}, own_aspect_{0, 1};
  AVColorPrimaries primaries_ = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer_ = AVCOL_TRC_UNSPECIFIED;
};

}  // namespace hevcpool::media
