// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz/mutate.h"

#include <algorithm>
#include <array>

namespace hevcpool::fuzz {
namespace {

std::size_t below(Random& random, std::size_t limit) { return limit ? random() % limit : 0; }

struct Block {
  std::size_t at = 0, size = 0;
};
// Mostly small; the first and last kilobytes, where headers and indexes are, are hit as often as all the rest.
Block some_block(std::size_t total, Random& random) {
  constexpr std::size_t kEnds = 4096;
  Block block;
  const std::size_t near = below(random, std::min(total, kEnds));
  switch (below(random, 4)) {
    case 0: block.at = near; break;
    case 1: block.at = total - 1 - near; break;
    default: block.at = below(random, total);
  }
  const std::size_t most = std::size_t{1} << below(random, 13);
  block.size = std::min(1 + below(random, most), total - block.at);
  return block;
}

void flip_bits(std::string& bytes, Random& random) {
  for (std::size_t i = 1 + below(random, 16); i > 0; --i)
    bytes[some_block(bytes.size(), random).at] ^= static_cast<char>(1 << below(random, 8));
}

void overwrite(std::string& bytes, Random& random) {
  const Block block = some_block(bytes.size(), random);
  const bool zeros = below(random, 2) == 0;
  for (std::size_t i = 0; i < block.size; ++i) bytes[block.at + i] = zeros ? 0 : static_cast<char>(random());
}

// Sizes, counts and offsets at their limits.
void extreme_number(std::string& bytes, Random& random) {
  constexpr std::array<std::uint64_t, 10> kNumbers = {
      0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
  const std::size_t width = std::size_t{1} << below(random, 4);
  if (bytes.size() < width) return;
  const std::size_t at = std::min(some_block(bytes.size(), random).at, bytes.size() - width);
  const std::uint64_t number = kNumbers[below(random, kNumbers.size())];
  for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(number >> (8 * (width - 1 - i)));
}

void splice(std::string& bytes, const std::string& donor, Random& random) {
  if (donor.empty()) return;
  const Block from = some_block(donor.size(), random), to = some_block(bytes.size(), random);
  bytes.replace(to.at, below(random, 2) ? to.size : from.size, donor, from.at, from.size);
}

void move_block(std::string& bytes, Random& random) {
  const Block block = some_block(bytes.size(), random);
  const std::string moved = bytes.substr(block.at, block.size);
  if (below(random, 2)) bytes.erase(block.at, block.size);
  bytes.insert(below(random, bytes.size() + 1), moved);
}

void injure(std::string& bytes, const std::string& donor, Random& random) {
  switch (below(random, 12)) {
    case 0:
    case 1: return flip_bits(bytes, random);
    case 2:
    case 3: return overwrite(bytes, random);
    case 4:
    case 5:
    case 6: return extreme_number(bytes, random);
    case 7: return splice(bytes, donor, random);
    case 8: return move_block(bytes, random);
    case 9: bytes.resize(1 + below(random, bytes.size())); return;
    default: {
      const Block block = some_block(bytes.size(), random);
      bytes.erase(block.at, block.size);
    }
  }
}

}  // namespace

std::string damaged(std::string bytes, const std::string& donor, Random& random) {
  for (std::size_t i = 1 + below(random, 8); i > 0 && !bytes.empty(); --i) injure(bytes, donor, random);
  return bytes;
}

}  // namespace hevcpool::fuzz
