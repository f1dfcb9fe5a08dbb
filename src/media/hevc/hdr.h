// SPDX-License-Identifier: GPL-2.0-or-later
// What is stated once for a whole stream: mastering display, content light level, colour profile, display
// matrix, Dolby Vision configuration, 3D and spherical layout. Collected from the source's stream and its
// first frame, written into the output's key frames where HEVC has a message for it, and handed to its
// container.
#pragma once

#include <hevcpool/encode.h>

#include <span>
#include <vector>

#include "media/libav/av.h"
#include "media/hevc/nal.h"
#include "media/libav/diagnostics.h"

namespace hevcpool::media {

// Who states something.
enum class By { container, picture };

struct StreamSideData {
  AVPacketSideDataType type;
  Bytes data;
  By by = By::container;
};

class StreamMetadata {
 public:
  // The stream's own statements, and the first frame's where the stream makes none.
  static StreamMetadata of(const AVStream& stream, const AVFrame& first, AVRational frame_rate, Diagnostics& notes);

  // HDR values change with the content: takes over those of a later picture, where the container has none for all. True:
  // they are other ones now.
  bool follow(const AVFrame& frame);
  // The messages that every key frame carries: mastering display, content light level and 3D layout; and, where it is
  // asked for, how the picture is turned, if the pictures say it. NAL units, Annex B. (x265 would write some of them,
  // but then repeats the parameter sets, which are not the edited ones.)
  Bytes key_frame_messages(bool with_orientation = false) const;
  // Adds everything to a stream of the output.
  Expected<void> attach(AVStream& output) const;
  const Bytes* find(AVPacketSideDataType type) const;
  // The pictures state a 3D layout that is in no message of HEVC, and the container has no place for it.
  bool loses_layout(Container container) const;
  // Whether the frames' Dolby Vision metadata is to be carried along.
  bool keeps_dolby_vision() const { return keeps_dolby_vision_; }

  struct Kind;

 private:
  void add(AVPacketSideDataType type, std::span<const std::uint8_t> data, By by);
  bool replace(const Kind& kind, const AVFrame& frame);

  std::vector<StreamSideData> items_;
  bool keeps_dolby_vision_ = true;
};

// Payloads of the messages; empty where there is nothing that they can state.
Bytes mastering_display_payload(const Bytes& data);
Bytes content_light_payload(const Bytes& data);
Bytes frame_packing_payload(const Bytes& data);
Bytes orientation_payload(const Bytes& data);

}  // namespace hevcpool::media
