// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/scheduling.h"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

namespace hevcpool {
namespace {

std::vector<unsigned> allowed_cpus() {
  cpu_set_t set;
  std::vector<unsigned> cpus;
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (unsigned cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

// Those of the CPU's NUMA node; itself alone where the kernel does not tell.
std::vector<unsigned> node_of(unsigned cpu) {
  for (unsigned node = 0; node < 1024; ++node) {
    std::ifstream file("/sys/devices/system/node/node" + std::to_string(node) + "/cpulist");
    if (!file) break;
    std::string text;
    std::getline(file, text);
    auto cpus = parse_cpu_list(text);
    if (std::ranges::find(cpus, cpu) != cpus.end()) return cpus;
  }
  return {cpu};
}

}  // namespace

std::vector<unsigned> parse_cpu_list(const std::string& text) {
  std::vector<unsigned> cpus;
  std::istringstream ranges(text);
  for (std::string range; std::getline(ranges, range, ',');) {
    std::istringstream numbers(range);
    unsigned first = 0, last = 0;
    char dash = 0;
    if (!(numbers >> first)) continue;
    if (!(numbers >> dash >> last)) last = first;
    for (unsigned cpu = first; cpu <= last && cpu < CPU_SETSIZE; ++cpu) cpus.push_back(cpu);
  }
  return cpus;
}

Expected<void> add_nice(int levels) {
  errno = 0;
  if (::nice(levels) == -1 && errno != 0) return fail_errno("pool", "setting the nice level", errno);
  return {};
}

Expected<void> use_idle_time_only() {
  const sched_param none{};
  if (::sched_setscheduler(0, SCHED_IDLE, &none) != 0) return fail_errno("pool", "setting SCHED_IDLE", errno);
  return {};
}

Expected<void> pin_to_cpu(unsigned number, bool node) {
  const auto allowed = allowed_cpus();
  if (allowed.empty()) return fail_errno("pool", "sched_getaffinity", errno);
  const unsigned chosen = allowed[number % allowed.size()];
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const unsigned cpu : node ? node_of(chosen) : std::vector<unsigned>{chosen})
    if (std::ranges::find(allowed, cpu) != allowed.end()) CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0) return fail_errno("pool", "sched_setaffinity", errno);
  return {};
}

}  // namespace hevcpool
