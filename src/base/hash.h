// SPDX-License-Identifier: GPL-2.0-or-later
// A hash that is the same on every machine and in every version, for keys that are stored. Not against forgers.
#pragma once

#include <cstdint>
#include <string_view>

namespace hevcpool {

// FNV-1a, 64 bits.
constexpr std::uint64_t fnv1a(std::string_view text, std::uint64_t hash = 0xcbf29ce484222325) {
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

}  // namespace hevcpool
