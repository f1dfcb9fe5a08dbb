// SPDX-License-Identifier: GPL-2.0-or-later
// What holds for each picture of a stream. Two may say it: the container for the whole stream, and the stream for each
// picture. This is the one place that decides between them; whatever decodes pictures asks it.
//
//   field order     the picture's; the container's where the codec has no word for it. A picture of HEVC that is one
//                   field is taken as a progressive one whose samples are twice as high.
//   colours         the picture's, value by value; the container's where the picture says nothing. (MP4's standard gives
//                   the container the last word. Players that use libav give it to the stream, and so do we.)
//   sample aspect   the container's, as in players; else the picture's
//   orientation     the container's display matrix; else the picture's
//
// Where both speak and differ, conflicts_with_container() names it.
#pragma once

#include "media/input/picture_statements.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

using DisplayMatrix = std::array<std::int32_t, 9>;

// One for each reading of a stream; one thread.
class EffectivePicture {
 public:
  EffectivePicture(const AVFormatContext& format, const AVStream& stream);

  // Puts into a decoded frame what holds for it. Frames come in the order in which they are shown.
  void complete(AVFrame& frame);
  // Whether a frame, as it was decoded, is one field only.
  bool is_field(const AVFrame& frame) const;
  // The container gives one sample aspect ratio for all pictures.
  bool shape_is_stated() const { return shape_.num > 0; }

 private:
  void complete_turn(AVFrame& frame);

  PictureStatement stated_;
  std::optional<DisplayMatrix> turn_;  // by the pictures
  AVRational shape_{0, 1};  // the container's
  bool fields_are_stated_ = false;
  bool top_first_ = false;
  bool fields_are_pictures_ = false;  // where a frame is made of fields at all
};

// How the frame is to be turned; empty: not at all.
std::optional<DisplayMatrix> display_matrix_of(const AVStream& stream, const AVFrame* frame);

// What container and stream say differently of the pictures ("the transfer function: the container says smpte2084, ...").
std::vector<std::string> conflicts_with_container(const AVFormatContext& format, const AVStream& stream);

}  // namespace hevcpool::media
