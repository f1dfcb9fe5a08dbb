// SPDX-License-Identifier: GPL-2.0-or-later
// How the kernel schedules the calling process. For a process with one thread.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace hevcpool {

Expected<void> add_nice(int levels);
// SCHED_IDLE: runs when nobody else wants to.
Expected<void> use_idle_time_only();
// Stays on the `number`th of the CPUs that it may use, counted around, or with `node` on those of its NUMA node.
Expected<void> pin_to_cpu(unsigned number, bool node);

// "0-3,8" as the kernel writes lists of CPUs.
std::vector<unsigned> parse_cpu_list(const std::string& text);

}  // namespace hevcpool
