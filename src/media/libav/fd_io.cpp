// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/fd_io.h"

#include "media/libav/compat.h"
#include "profile/recorder.h"

#include <algorithm>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace hevcpool::media {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

}  // namespace

struct FdIoCallbacks {
  static int read(void* io, std::uint8_t* data, int size) { return static_cast<FdIo*>(io)->read(data, size); }
  static int write(void* io, AvioWriteByte* data, int size) { return static_cast<FdIo*>(io)->write(data, size); }
  static std::int64_t seek(void* io, std::int64_t offset, int whence) {
    return static_cast<FdIo*>(io)->seek(offset, whence);
  }
};

Expected<std::unique_ptr<FdIo>> FdIo::create(int fd, Mode mode) {
  std::unique_ptr<FdIo> io(new FdIo(fd, mode));
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(kBufferBytes));
  if (!buffer) return fail_errno("open", "buffer", ENOMEM);
  const bool writes = mode == Mode::write;
  io->context_ = avio_alloc_context(buffer, kBufferBytes, writes, io.get(), writes ? nullptr : &FdIoCallbacks::read,
                                    writes ? &FdIoCallbacks::write : nullptr, &FdIoCallbacks::seek);
  if (!io->context_) {
    av_free(buffer);
    return fail_errno("open", "byte stream", ENOMEM);
  }
  return io;
}

FdIo::~FdIo() {
  if (!context_) return;
  av_freep(&context_->buffer);
  avio_context_free(&context_);
}

Unexpected FdIo::failure(std::string_view stage, std::string_view what, int averror) const {
  return error_ ? fail_errno(stage, what, error_) : fail_av(stage, what, averror);
}

int FdIo::read(std::uint8_t* data, int size) {
  const profile::Scope timed(profile::Stage::read);
  ssize_t got;
  do got = pread(fd_, data, static_cast<std::size_t>(size), position_);
  while (got < 0 && errno == EINTR);
  if (got == 0) return AVERROR_EOF;
  if (got < 0) {
    if (!error_) error_ = errno;
    return AVERROR(errno);
  }
  position_ += got;
  return static_cast<int>(got);
}

int FdIo::write(const std::uint8_t* data, int size) {
  const profile::Scope timed(profile::Stage::write);
  for (int done = 0; done < size;) {
    const ssize_t put = pwrite(fd_, data + done, static_cast<std::size_t>(size - done), position_);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      const int reason = put < 0 ? errno : EIO;
      if (!error_) error_ = reason;
      return AVERROR(reason);
    }
    done += static_cast<int>(put);
    position_ += put;
  }
  return size;
}

std::int64_t FdIo::seek(std::int64_t offset, int whence) {
  struct stat status {};
  whence &= ~AVSEEK_FORCE;
  if ((whence == AVSEEK_SIZE || whence == SEEK_END) && fstat(fd_, &status) != 0) return AVERROR(errno);
  if (whence == AVSEEK_SIZE) return S_ISREG(status.st_mode) ? status.st_size : AVERROR(ENOSYS);
  if (whence == SEEK_END) offset += status.st_size;
  if (whence == SEEK_CUR) offset += position_;
  if (offset < 0) return AVERROR(EINVAL);
  return position_ = offset;
}

void refuse_other_files(AVFormatContext& format) {
  format.io_open = [](AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EACCES); };
}

struct TargetIoCallbacks {
  static int open(AVFormatContext* format, AVIOContext** opened, const char*, int flags, AVDictionary**) {
    auto& target = *static_cast<TargetIo*>(format->opaque);
    auto io = FdIo::create(target.fd_, flags & AVIO_FLAG_WRITE ? FdIo::Mode::write : FdIo::Mode::read);
    if (!io) return AVERROR(ENOMEM);
    *opened = (*io)->context();
    target.others_.push_back(std::move(*io));
    return 0;
  }
  static int close(AVFormatContext* format, AVIOContext* closed) {
    avio_flush(closed);
    const int error = closed->error;
    auto& others = static_cast<TargetIo*>(format->opaque)->others_;
    std::erase_if(others, [&](const auto& io) { return io->context() == closed; });
    return error;
  }
};

Expected<std::unique_ptr<TargetIo>> TargetIo::attach(int fd, AVFormatContext& format) {
  std::unique_ptr<TargetIo> target(new TargetIo(fd));
  HEVCPOOL_ASSIGN(target->main_, FdIo::create(fd, FdIo::Mode::write));
  format.pb = target->main_->context();
  format.flags |= AVFMT_FLAG_CUSTOM_IO;
  format.opaque = target.get();
  format.io_open = &TargetIoCallbacks::open;
  format.io_close2 = &TargetIoCallbacks::close;
  return target;
}

}  // namespace hevcpool::media
