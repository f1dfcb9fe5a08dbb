// SPDX-License-Identifier: GPL-2.0-or-later
// How many processors this process may really use.
#pragma once

#include <string>

namespace hevcpool {

// The CPUs of the affinity mask, reduced to the cgroup's quota (v1 and v2, every ancestor) rounded up. At least 1.
unsigned usable_cpus();

// The quota part of it, for tests: CPUs that the cgroup files below `cgroup_root` allow to the process whose
// /proc/PID/cgroup text is `membership`. Returns 0 when there is no limit.
double cgroup_cpu_quota(const std::string& cgroup_root, const std::string& membership);

}  // namespace hevcpool
