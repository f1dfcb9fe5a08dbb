// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes of a borrowed descriptor, read with pread a block at a time. What is not there reads as nothing. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hevcpool::media {

class FileBytes {
 public:
  explicit FileBytes(int fd);
  std::uint64_t size() const { return size_; }
  // At most `size` bytes, fewer at the end of the file; valid until the next call.
  std::string_view at(std::uint64_t offset, std::size_t size);
  // A number of 1 to 8 bytes, the most significant first; 0 where it is not there.
  std::uint64_t big_endian(std::uint64_t offset, std::size_t bytes);
  std::uint64_t little_endian(std::uint64_t offset, std::size_t bytes);

 private:
  int fd_;
  std::uint64_t size_ = 0;
  std::uint64_t begin_ = 0;  // of the block
  std::string block_;
};

}  // namespace hevcpool::media
