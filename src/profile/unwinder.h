// SPDX-License-Identifier: GPL-2.0-or-later
// Walks the stack of an interrupted thread, in the signal handler that interrupted it.
//
// libunwind is loaded when it is wanted, not linked: it exports what C++ exceptions are thrown with, under the names
// of the compiler's own library. Where it is not installed, the compiler's unwinder has to do, which ends a stack at
// the first function without tables: the assembly of x265 and libav.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hevcpool::profile {

inline constexpr std::size_t kStackDepth = 62;

struct StackSample {
  std::uint32_t depth = 0;
  std::uintptr_t addresses[kStackDepth];  // innermost first
};

// Finds what is loaded and its code. Not in a handler.
void prepare_unwinding();

// In a handler: `where` is its third argument. Neither allocates nor locks for long; a stack that leads astray ends
// there, which takes handlers for SIGSEGV and SIGBUS (guard_unwinding()).
void unwind(const void* where, StackSample& sample);

// From guard to unguard, faults of unwind() end the stack; others go where they went before.
void guard_unwinding();
void unguard_unwinding();

}  // namespace hevcpool::profile
