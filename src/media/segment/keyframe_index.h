// SPDX-License-Identifier: GPL-2.0-or-later
// The key frames of the one video stream of a file: where it may be cut, and how much work lies between the cuts.
// Made by reading the file without decoding it; where the container has an index of its own, without even reading
// the frames in between. Plain values; one thread.
#pragma once

#include "media/libav/av.h"

#include <hevcpool/encode.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace hevcpool::media {

// A key frame, and what lies between it and the next one listed. Times are in the stream's time base.
struct KeyFrame {
  std::int64_t pts = 0;
  std::int64_t dts = AV_NOPTS_VALUE;
  std::int64_t position = -1;      // of its packet in the file; -1: unknown
  std::int64_t frames = 0;         // packets, its own included
  std::int64_t bytes = 0;          // of them
  bool cut = false;                // everything before it in the file is shown before it
  bool scene = false;              // probably the first frame of a scene
};

struct KeyFrameIndex {
  std::string refusal;             // why the file must be encoded as a whole; empty: it may be cut
  int stream = -1;
  AVRational time_base{0, 1};
  std::int64_t begin = 0;          // earliest time of a frame
  std::int64_t end = 0;            // end of the last one
  std::int64_t frames = 0;
  int key_interval = 250;          // of the encoder, in frames
  bool container_index = false;    // made from the container's own index
  std::vector<KeyFrame> keys;      // in order of time
};

struct IndexRequest {
  int source = -1;                 // read with pread only
  std::string name;
  EncodeOptions options;
  std::function<bool()> cancelled;  // may be empty
};

Expected<KeyFrameIndex> index_key_frames(const IndexRequest& request);

// Marks key frames that come earlier than the source's usual distance: encoders put those where the picture changes.
void mark_scenes(std::vector<KeyFrame>& keys);
// Leaves out key frames until none is followed by fewer than `frames`; of neighbours the better place to cut stays.
void thin_out(std::vector<KeyFrame>& keys, std::int64_t frames);

}  // namespace hevcpool::media
