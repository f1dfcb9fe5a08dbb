// SPDX-License-Identifier: GPL-2.0-or-later
// Reading and writing bits, most significant first, with the Exp-Golomb codes of the video standards. Reading
// past the end gives zeros and is remembered: check ok() once, when done. Plain values for one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace hevcpool::media {

class BitReader {
 public:
  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  std::uint32_t read(int bits);  // at most 32
  bool flag() { return read(1) != 0; }
  std::uint32_t ue();
  std::size_t position() const { return position_; }
  std::size_t size() const { return bytes_.size() * 8; }
  bool ok() const { return !overrun_; }

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t position_ = 0;  // in bits
  bool overrun_ = false;
};

class BitWriter {
 public:
  void write(std::uint32_t value, int bits);
  void flag(bool value) { write(value ? 1 : 0, 1); }
  void ue(std::uint32_t value);
  // Copies `bits` bits as they are.
  void copy(BitReader& from, std::size_t bits);
  // Zeros up to the next byte.
  void align();
  // Ends an SEI payload: where it does not end with a byte, a one and zeros follow.
  void end_payload() {
    if (position() % 8 != 0) flag(true);
    align();
  }
  std::size_t position() const { return bytes_.size() * 8 - static_cast<std::size_t>(free_); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
  int free_ = 0;  // unused bits of the last byte
};

}  // namespace hevcpool::media
