// SPDX-License-Identifier: GPL-2.0-or-later
// The system calls of a worker, by name: a name that this architecture or this libseccomp does not know is left
// out of the filter and so stays forbidden.
#pragma once

#include <cstdint>
#include <span>

namespace hevcpool::sandbox {

// Allowed with any arguments.
std::span<const char* const> always_allowed_calls();
// Allowed only where Landlock decides on paths: they make, rename and remove.
std::span<const char* const> path_changing_calls();
// Never needed by a codec: whoever makes one is an intruder, and the process ends.
std::span<const char* const> deadly_calls();

// A call allowed for some values of one argument only.
struct ArgumentRule {
  const char* call;
  unsigned argument;
  std::uint64_t value;
};
std::span<const ArgumentRule> calls_by_argument();

}  // namespace hevcpool::sandbox
