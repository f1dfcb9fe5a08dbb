// SPDX-License-Identifier: GPL-2.0-or-later
// Whole reads and writes at a place of a file. An interrupted call goes on. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace hevcpool {

// Reads until `out` is full or the file ends. Returns how many bytes came; -1 with errno where a read failed.
std::ptrdiff_t read_at(int fd, std::span<char> out, std::uint64_t offset);

// Writes all of `data`. False, with errno, where a write failed or wrote nothing (EIO).
bool write_at(int fd, std::span<const char> data, std::uint64_t offset);

}  // namespace hevcpool
