// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory this process may still take.
#pragma once

#include <string>

namespace hevcpool {

// Bytes: what the machine has available, reduced to what the cgroup (v1 and v2, every ancestor) leaves. 0: unknown.
double usable_memory();

// The cgroup part of it, for tests: bytes that the files below `cgroup_root` leave to the process whose
// /proc/PID/cgroup text is `membership`. Cached files that can be dropped count as free. Negative: no limit.
double cgroup_memory_left(const std::string& cgroup_root, const std::string& membership);

}  // namespace hevcpool
