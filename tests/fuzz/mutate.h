// SPDX-License-Identifier: GPL-2.0-or-later
// Damage to bytes, as disks, networks and attackers do it. The same seed gives the same damage. Pure functions.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace hevcpool::fuzz {

using Random = std::mt19937_64;

// One to eight injuries: flipped bits, overwritten, removed, doubled and swapped blocks, extreme numbers, cut ends,
// parts of `donor`. An empty text stays empty.
std::string damaged(std::string bytes, const std::string& donor, Random& random);

}  // namespace hevcpool::fuzz
