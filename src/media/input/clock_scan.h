// SPDX-License-Identifier: GPL-2.0-or-later
// Whether the clock of a transport or program stream jumps: joined recordings, the title of a DVD. A seek by time leads
// nowhere in such a file. Plain functions.
#pragma once

#include "media/input/input_file.h"

#include <cstdint>
#include <optional>
#include <span>

namespace hevcpool::media {

// By the clock at some places of the file. False for other formats.
bool clock_jumps(const InputFile& file);

// The same for clocks, at 90 kHz and in 33 bits, read at places equally far apart.
bool jumps(std::span<const std::int64_t> clocks);

// The first clock in a piece of a stream; -1 when there is none. `pid` is the clock's stream, -1 for the first one, which
// is then set.
std::int64_t transport_clock(std::span<const std::uint8_t> data, int& pid);
std::int64_t program_clock(std::span<const std::uint8_t> data);

}  // namespace hevcpool::media
