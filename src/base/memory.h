// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory this process may still take.
#pragma once

#include <cstddef>
#include <string>

namespace hevcpool {

// Bytes: what the machine has available, reduced to what the cgroup (v1 and v2, every ancestor) leaves. 0: unknown.
double usable_memory();

// Whether the limit of address space (RLIMIT_AS) leaves room for so many bytes more.
bool has_address_space(std::size_t bytes);

// The cgroup part of it, for tests: bytes that the files below `cgroup_root` leave to the process whose
// /proc/PID/cgroup text is `membership`. Cached files that can be dropped count as free. Negative: no limit.
double cgroup_memory_left(const std::string& cgroup_root, const std::string& membership);

}  // namespace hevcpool
