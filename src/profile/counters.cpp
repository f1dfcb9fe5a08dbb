// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/counters.h"

#include "base/error.h"

#include <linux/perf_event.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool::profile {
namespace {

constexpr std::array<std::uint64_t, kCounters> kEvents = {PERF_COUNT_HW_CPU_CYCLES, PERF_COUNT_HW_INSTRUCTIONS,
                                                          PERF_COUNT_HW_CACHE_MISSES};

// The events of this process: opened before it is confined, read when it is. A worker has no other place to keep
// them between its start and its jobs.
struct Opened {
  std::array<int, kCounters> thread{-1, -1, -1};
  std::array<int, kCounters> process{-1, -1, -1};
  int error = ENOSYS;
  bool complete = false;
};
Opened& opened() {
  static Opened events;
  return events;
}

int open_event(std::uint64_t event, bool with_other_threads) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.config = event;
  attributes.inherit = with_other_threads;
  attributes.exclude_kernel = 1;  // what paranoid settings allow
  attributes.exclude_hv = 1;
  const long fd = ::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (fd < 0) opened().error = errno;
  return static_cast<int>(fd);
}

CounterValues read_all(const std::array<int, kCounters>& events) {
  CounterValues values{};
  for (std::size_t n = 0; n < kCounters; ++n)
    if (::read(events[n], &values[n], sizeof values[n]) != sizeof values[n]) values[n] = 0;
  return values;
}

CounterValues usage_of(int who) {
  rusage usage{};
  ::getrusage(static_cast<__rusage_who_t>(who), &usage);
  return {static_cast<std::uint64_t>(usage.ru_nvcsw), static_cast<std::uint64_t>(usage.ru_nivcsw),
          static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt)};
}

}  // namespace

const std::array<std::string_view, kCounters>& counter_names(CounterSource source) {
  static constexpr std::array<std::string_view, kCounters> kHardware = {"cycles", "instructions", "cache_misses"};
  static constexpr std::array<std::string_view, kCounters> kKernel = {"waits", "preemptions", "page_faults"};
  return source == CounterSource::hardware ? kHardware : kKernel;
}

std::vector<int> open_hardware_events() {
  Opened& events = opened();
  std::vector<int> descriptors;
  for (auto* kind : {&events.thread, &events.process})
    for (std::size_t n = 0; n < kCounters; ++n) {
      (*kind)[n] = open_event(kEvents[n], kind == &events.process);
      if ((*kind)[n] >= 0) descriptors.push_back((*kind)[n]);
    }
  events.complete = descriptors.size() == 2 * kCounters;
  return descriptors;
}

Counters::Counters() : source_(opened().complete ? CounterSource::hardware : CounterSource::kernel) {
  if (opened().complete) return;
  const int error = opened().error;
  reason_ = error == ENOENT || error == ENODEV || error == ENOSYS || error == EOPNOTSUPP
                ? "this machine offers no hardware counters"
                : "the kernel does not allow hardware counters (" + errno_name(error) + ")";
}

CounterValues Counters::thread() const {
  return source_ == CounterSource::hardware ? read_all(opened().thread) : usage_of(RUSAGE_THREAD);
}

CounterValues Counters::process() const {
  return source_ == CounterSource::hardware ? read_all(opened().process) : usage_of(RUSAGE_SELF);
}

}  // namespace hevcpool::profile
