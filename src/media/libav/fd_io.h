// SPDX-License-Identifier: GPL-2.0-or-later
// libav's byte streams over borrowed descriptors. A passed descriptor shares its file offset with every copy of it
// in other processes, so each FdIo keeps a position of its own and uses pread/pwrite only. The descriptor must
// outlive the FdIo; no thread may share one. The first system error is kept: libav turns a failed write into
// a generic one, or into none at all until the trailer.
#pragma once

#include "media/libav/av.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace hevcpool::media {

class FdIo {
 public:
  enum class Mode { read, write };
  static Expected<std::unique_ptr<FdIo>> create(int fd, Mode mode);
  ~FdIo();
  FdIo(const FdIo&) = delete;
  FdIo& operator=(const FdIo&) = delete;

  AVIOContext* context() const { return context_; }
  int fd() const { return fd_; }
  // The errno of the first failed pread or pwrite; 0 when none failed.
  int system_error() const { return error_; }
  // `what` failed with `averror`; names the system error behind it where there is one.
  Unexpected failure(std::string_view stage, std::string_view what, int averror) const;

 private:
  FdIo(int fd, Mode mode) : fd_(fd), mode_(mode) {}
  int read(std::uint8_t* data, int size);
  int write(const std::uint8_t* data, int size);
  std::int64_t seek(std::int64_t offset, int whence);
  friend struct FdIoCallbacks;

  int fd_;
  Mode mode_;
  int error_ = 0;
  std::int64_t position_ = 0;
  AVIOContext* context_ = nullptr;  // freed by the destructor, together with the buffer libav may have replaced
};

// Refuses every further file that a demuxer asks for (playlists, external references): only the descriptor is read.
void refuse_other_files(AVFormatContext& format);

// The target of a muxer. MP4 with the index in front reads back what it wrote through a second byte stream; that
// one is opened here on the same descriptor, which therefore must be O_RDWR. Must outlive the format context.
class TargetIo {
 public:
  static Expected<std::unique_ptr<TargetIo>> attach(int fd, AVFormatContext& format);
  const FdIo& main() const { return *main_; }

 private:
  explicit TargetIo(int fd) : fd_(fd) {}
  friend struct TargetIoCallbacks;

  int fd_;
  std::unique_ptr<FdIo> main_;
  std::vector<std::unique_ptr<FdIo>> others_;
};

}  // namespace hevcpool::media
