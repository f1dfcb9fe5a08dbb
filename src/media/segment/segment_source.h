// SPDX-License-Identifier: GPL-2.0-or-later
// The packets of one video stream from a given key frame on. Finding it is not trusted to the demuxer: whatever way
// it offers is tried, from the fastest to reading the file from its beginning, until the very packet comes. One
// thread.
#pragma once

#include "media/segment/segment.h"
#include "media/input/source.h"

#include <memory>

namespace hevcpool::media {

class SegmentSource {
 public:
  static Expected<SegmentSource> open(int fd, const std::string& name, const SegmentRange& range);

  // The next packet of the stream. False at the end of the file.
  Expected<bool> read(AVPacket& packet);

  AVFormatContext& format() const { return source_->format(); }
  AVStream& video() const { return *video_; }

 private:
  enum class Way { time, bytes, beginning };
  SegmentSource() = default;
  Expected<bool> reach(Way way, int fd, const std::string& name, const SegmentRange& range);
  Expected<void> reopen(int fd, const std::string& name);
  bool jump(Way way, const SegmentRange& range);
  Expected<bool> find_start(const SegmentRange& range, Way way);

  std::unique_ptr<Source> source_;
  AVStream* video_ = nullptr;
  PacketPtr first_;                    // found, not yet handed out
};

}  // namespace hevcpool::media
