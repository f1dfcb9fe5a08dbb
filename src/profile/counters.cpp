// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/counters.h"

#include <linux/perf_event.h>
#include <sys/resource.h>

#include <optional>

namespace hevcpool::profile {
namespace {

constexpr Events kHardware = {{{PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES},
                               {PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS},
                               {PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES}}};

// The events of this process: opened before it is confined, read when it is. A worker has no other place to keep
// them between its start and its jobs.
struct Opened {
  std::optional<EventGroup> thread, process;
  std::string code = "ENOSYS";  // why there are none
};
Opened& opened() {
  static Opened events;
  return events;
}

std::string reason_for(const std::string& code) {
  for (const char* missing : {"ENOENT", "ENODEV", "ENOSYS", "EOPNOTSUPP"})
    if (code == missing) return "this machine offers no hardware counters";
  return "the kernel does not allow hardware counters (" + code + ")";
}

CounterValues usage_of(int who) {
  rusage usage{};
  ::getrusage(static_cast<__rusage_who_t>(who), &usage);
  return {static_cast<std::uint64_t>(usage.ru_nvcsw), static_cast<std::uint64_t>(usage.ru_nivcsw),
          static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt)};
}

}  // namespace

const std::array<std::string_view, kCounters>& counter_names(CounterSource source) {
  static constexpr std::array<std::string_view, kCounters> kOfProcessor = {"cycles", "instructions", "cache_misses"};
  static constexpr std::array<std::string_view, kCounters> kOfKernel = {"waits", "preemptions", "page_faults"};
  return source == CounterSource::hardware ? kOfProcessor : kOfKernel;
}

void open_hardware_events() { open_events(kHardware); }

void open_events(const Events& events) {
  close_events();
  auto thread = EventGroup::open(events, EventGroup::Of::this_thread);
  if (!thread) {
    opened().code = thread.error().code;
    return;
  }
  auto process = EventGroup::open(events, EventGroup::Of::this_thread_and_those_it_starts);
  if (!process) {
    opened().code = process.error().code;
    return;
  }
  opened().thread = std::move(*thread);
  opened().process = std::move(*process);
}

void close_events() { opened() = {}; }

Counters::Counters() : source_(opened().process ? CounterSource::hardware : CounterSource::kernel) {
  if (source_ == CounterSource::kernel) reason_ = reason_for(opened().code);
}

CounterValues Counters::thread() const {
  return source_ == CounterSource::hardware ? opened().thread->read() : usage_of(RUSAGE_THREAD);
}

CounterValues Counters::process() const {
  return source_ == CounterSource::hardware ? opened().process->read() : usage_of(RUSAGE_SELF);
}

}  // namespace hevcpool::profile
