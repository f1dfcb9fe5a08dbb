// SPDX-License-Identifier: GPL-2.0-or-later
// Bodies too large for a datagram: a sealed memfd. The seals mean that its size and bytes can no longer change,
// so that a reader needs to trust nothing but the kernel. No state; any thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace hevcpool::ipc {

Expected<UniqueFd> make_body(std::string_view text);
// Why `fd` is not a sealed memfd of exactly `size` bytes; empty when it is.
std::string_view problem_with_body_file(int fd, std::size_t size);
// The text, after that check.
Expected<std::string> read_body(int fd, std::size_t size);

}  // namespace hevcpool::ipc
