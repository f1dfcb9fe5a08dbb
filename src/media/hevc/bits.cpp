// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/bits.h"

#include <algorithm>
#include <bit>

namespace hevcpool::media {

std::uint32_t BitReader::read(int bits) {
  std::uint32_t value = 0;
  for (; bits > 0; --bits, ++position_) {
    const bool inside = position_ < size();
    overrun_ |= !inside;
    const std::uint32_t bit = inside ? (bytes_[position_ / 8] >> (7 - position_ % 8)) & 1U : 0U;
    value = (value << 1) | bit;
  }
  return value;
}

std::uint32_t BitReader::ue() {
  int zeros = 0;
  while (zeros < 32 && ok() && !flag()) ++zeros;
  if (zeros == 32) overrun_ = true;
  if (!ok()) return 0;
  return ((1U << zeros) - 1U) + read(zeros);
}

void BitWriter::write(std::uint32_t value, int bits) {
  while (bits > 0) {
    if (free_ == 0) {
      bytes_.push_back(0);
      free_ = 8;
    }
    const int now = std::min(bits, free_);
    const std::uint32_t part = (value >> (bits - now)) & ((1U << now) - 1U);
    bytes_.back() = static_cast<std::uint8_t>(bytes_.back() | (part << (free_ - now)));
    free_ -= now;
    bits -= now;
  }
}

void BitWriter::ue(std::uint32_t value) {
  const int length = std::bit_width(value + 1);
  write(0, length - 1);
  write(value + 1, length);
}

void BitWriter::copy(BitReader& from, std::size_t bits) {
  for (; bits >= 32; bits -= 32) write(from.read(32), 32);
  write(from.read(static_cast<int>(bits)), static_cast<int>(bits));
}

void BitWriter::align() {
  free_ = 0;
}

}  // namespace hevcpool::media
