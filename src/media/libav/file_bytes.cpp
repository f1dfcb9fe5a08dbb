// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/file_bytes.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hevcpool::media {
namespace {

constexpr std::size_t kBlock = 4 << 10;

}  // namespace

FileBytes::FileBytes(int fd) : fd_(fd) {
  struct stat status {};
  if (::fstat(fd, &status) == 0 && status.st_size > 0) size_ = static_cast<std::uint64_t>(status.st_size);
}

std::string_view FileBytes::at(std::uint64_t offset, std::size_t size) {
  if (offset >= size_) return {};
  size = static_cast<std::size_t>(std::min<std::uint64_t>(size, size_ - offset));
  if (offset < begin_ || offset + size > begin_ + block_.size()) {
    block_.resize(std::max(size, kBlock));
    ssize_t got = 0;
    do got = ::pread(fd_, block_.data(), block_.size(), static_cast<off_t>(offset));
    while (got < 0 && errno == EINTR);
    block_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    begin_ = offset;
  }
  return std::string_view(block_).substr(static_cast<std::size_t>(offset - begin_), size);
}

std::uint64_t FileBytes::big_endian(std::uint64_t offset, std::size_t bytes) {
  const std::string_view data = at(offset, bytes);
  std::uint64_t value = 0;
  for (const char byte : data) value = value << 8 | static_cast<unsigned char>(byte);
  return data.size() == bytes ? value : 0;
}

std::uint64_t FileBytes::little_endian(std::uint64_t offset, std::size_t bytes) {
  const std::string_view data = at(offset, bytes);
  std::uint64_t value = 0;
  for (std::size_t n = data.size(); n > 0; --n) value = value << 8 | static_cast<unsigned char>(data[n - 1]);
  return data.size() == bytes ? value : 0;
}

}  // namespace hevcpool::media
