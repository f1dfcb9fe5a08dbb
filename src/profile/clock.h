// SPDX-License-Identifier: GPL-2.0-or-later
// The clocks: wall time that all processes of the machine share, and the CPU time of a thread or of this process.
// Nanoseconds. Usable inside the sandbox.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace hevcpool::profile {

using Nanoseconds = std::int64_t;

Nanoseconds wall_now();
Nanoseconds thread_cpu_now();
Nanoseconds process_cpu_now();
// Of another thread of this process; -1 when it is gone.
Nanoseconds cpu_of_thread(pid_t thread);

// The threads of this process, ascending; empty when /proc cannot be read.
std::vector<pid_t> threads_of_process();

}  // namespace hevcpool::profile
