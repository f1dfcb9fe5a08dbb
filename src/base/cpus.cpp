// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cpus.h"

#include "base/cgroup.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <sstream>

namespace hevcpool {
namespace {

// "200000 100000" (v2 cpu.max) or the two values of v1; "max" and -1 mean no limit.
double quota_of(const std::string& quota, const std::string& period) {
  try {
    const double limit = std::stod(quota);
    const double length = std::stod(period);
    return limit > 0 && length > 0 ? limit / length : 0;
  } catch (const std::exception&) {
    return 0;
  }
}

double quota_at(const CgroupFolder& group) {
  const auto& [folder, unified] = group;
  if (!unified) return quota_of(read_text(folder + "/cpu.cfs_quota_us"), read_text(folder + "/cpu.cfs_period_us"));
  std::istringstream text(read_text(folder + "/cpu.max"));
  std::string quota, period;
  text >> quota >> period;
  return quota_of(quota, period);
}

double smaller_quota(double a, double b) { return a <= 0 ? b : b <= 0 ? a : std::min(a, b); }

unsigned affinity_cpus() {
  for (int capacity = 1024; capacity <= (1 << 20); capacity *= 2) {
    std::unique_ptr<cpu_set_t, void (*)(cpu_set_t*)> set(CPU_ALLOC(capacity), [](cpu_set_t* p) { CPU_FREE(p); });
    const size_t bytes = CPU_ALLOC_SIZE(capacity);
    if (set && sched_getaffinity(0, bytes, set.get()) == 0) return CPU_COUNT_S(bytes, set.get());
  }
  return 1;
}

}  // namespace

double cgroup_cpu_quota(const std::string& cgroup_root, const std::string& membership) {
  double quota = 0;
  for (const CgroupFolder& folder : cgroup_folders(cgroup_root, membership, "cpu"))
    quota = smaller_quota(quota, quota_at(folder));
  return quota;
}

unsigned usable_cpus() {
  const unsigned mask = std::max(1u, affinity_cpus());
  const double quota = cgroup_cpu_quota("/sys/fs/cgroup", read_text("/proc/self/cgroup"));
  return quota > 0 ? std::clamp(static_cast<unsigned>(std::ceil(quota)), 1u, mask) : mask;
}

}  // namespace hevcpool
