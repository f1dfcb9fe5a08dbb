// SPDX-License-Identifier: GPL-2.0-or-later
// What is said once about a whole stream: mastering display, content light level, colour profile, display
// matrix, Dolby Vision configuration, 3D and spherical layout. Collected from the source's stream and its
// first frame, written into the output's key frames where HEVC has a message for it, and handed to its
// container.
#pragma once

#include <span>
#include <vector>

#include "media/av.h"
#include "media/nal.h"
#include "media/notes.h"

namespace hevcpool::media {

struct StreamSideData {
  AVPacketSideDataType type;
  Bytes data;
};

class StreamMetadata {
 public:
  // The stream's own statements, and the first frame's where the stream makes none.
  static StreamMetadata of(const AVStream& stream, const AVFrame& first, AVRational frame_rate, Notes& notes);

  // The messages that every key frame carries: mastering display and content light level. NAL units, Annex B.
  // (x265 would write them too, but then repeats the parameter sets, which are not the edited ones.)
  Bytes key_frame_messages() const;
  // Adds everything to a stream of the output.
  Expected<void> attach(AVStream& output) const;
  const Bytes* find(AVPacketSideDataType type) const;
  // Whether the frames' Dolby Vision metadata is to be carried along.
  bool keeps_dolby_vision() const { return keeps_dolby_vision_; }

 private:
  void add(AVPacketSideDataType type, std::span<const std::uint8_t> data);

  std::vector<StreamSideData> items_;
  bool keeps_dolby_vision_ = true;
};

// Payloads of the messages; empty when the metadata is incomplete.
Bytes mastering_display_payload(const Bytes& data);
Bytes content_light_payload(const Bytes& data);

}  // namespace hevcpool::media
