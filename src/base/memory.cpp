// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"

#include "base/cgroup.h"

#include <sys/mman.h>

#include <algorithm>
#include <optional>
#include <sstream>

namespace hevcpool {
namespace {

constexpr double kNoLimit = -1;
constexpr double kAbsurd = 1e18;  // how version 1 says that there is no limit

// "max" is none.
std::optional<double> number(const std::string& text) {
  std::istringstream stream(text);
  double value = 0;
  if (stream >> value) return value;
  return std::nullopt;
}

// The value after `key` in lines of "key value".
double field(const std::string& text, const std::string& key) {
  std::istringstream stream(text);
  std::string name;
  while (stream >> name) {
    double value = 0;
    if (name == key && stream >> value) return value;
  }
  return 0;
}

double left_at(const CgroupFolder& group) {
  const auto& [folder, unified] = group;
  const auto limit = number(read_text(folder + (unified ? "/memory.max" : "/memory.limit_in_bytes")));
  if (!limit || *limit > kAbsurd) return kNoLimit;
  const double used = number(read_text(folder + (unified ? "/memory.current" : "/memory.usage_in_bytes"))).value_or(0);
  const double droppable = field(read_text(folder + "/memory.stat"), unified ? "inactive_file" : "total_inactive_file");
  return std::max(0.0, *limit - used + droppable);
}

double smaller_limit(double a, double b) { return a < 0 ? b : b < 0 ? a : std::min(a, b); }

}  // namespace

double cgroup_memory_left(const std::string& cgroup_root, const std::string& membership) {
  double left = kNoLimit;
  for (const CgroupFolder& folder : cgroup_folders(cgroup_root, membership, "memory"))
    left = smaller_limit(left, left_at(folder));
  return left;
}

bool has_address_space(std::size_t bytes) {
  void* room = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) return false;
  ::munmap(room, bytes);
  return true;
}

double usable_memory() {
  constexpr double kKilobyte = 1024;
  const double machine = field(read_text("/proc/meminfo"), "MemAvailable:") * kKilobyte;
  const double group = cgroup_memory_left("/sys/fs/cgroup", read_text("/proc/self/cgroup"));
  return group < 0 ? machine : machine > 0 ? std::min(machine, group) : group;
}

}  // namespace hevcpool
