// SPDX-License-Identifier: GPL-2.0-or-later
// Writes a whole small file through a borrowed descriptor, from its beginning.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <span>

namespace hevcpool::media {

Expected<void> write_file(int fd, std::span<const std::uint8_t> bytes);

}  // namespace hevcpool::media
