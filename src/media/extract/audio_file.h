// SPDX-License-Identifier: GPL-2.0-or-later
// A file with one stream being made by any of libav's muxers, over a borrowed, empty O_RDWR descriptor.
//
//   created --begin()--> writing --finish()--> finished
#pragma once

#include "media/libav/fd_io.h"

#include <cstdint>
#include <memory>
#include <string>

namespace hevcpool::media {

class AudioFile {
 public:
  static Expected<std::unique_ptr<AudioFile>> create(int fd, const std::string& muxer);

  AVStream& stream() { return *format_->streams[0]; }
  bool wants_global_header() const { return format_->oformat->flags & AVFMT_GLOBALHEADER; }
  // Once the stream's parameters are set.
  Expected<void> begin();
  // Takes the packet's data over; its times are in `time_base`, zero where the file starts.
  Expected<void> write(AVPacket& packet, AVRational time_base);
  Expected<void> finish();

  std::int64_t packets() const { return packets_; }
  std::uint64_t bytes() const { return bytes_; }
  double seconds() const { return seconds_; }

 private:
  AudioFile() = default;
  std::unique_ptr<TargetIo> io_;  // before the context, which writes through it
  OutputContextPtr format_;
  std::int64_t packets_ = 0;
  std::uint64_t bytes_ = 0;
  double seconds_ = 0;
  std::int64_t last_dts_ = AV_NOPTS_VALUE;
};

}  // namespace hevcpool::media
