// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/event_group.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool::profile {
namespace {

// As the kernel writes it (PERF_FORMAT_GROUP with both times).
struct Reading {
  std::uint64_t count, enabled, running;
  std::array<std::uint64_t, kCounters> values;
};

perf_event_attr attributes_of(const Event& event, EventGroup::Of whose) {
  perf_event_attr attributes{};
  attributes.size = sizeof attributes;
  attributes.type = event.type;
  attributes.config = event.config;
  attributes.read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  attributes.inherit = whose == EventGroup::Of::this_thread_and_those_it_starts;
  // What paranoid settings allow. Switches and faults are the kernel's own.
  attributes.exclude_kernel = event.type == PERF_TYPE_HARDWARE;
  attributes.exclude_hv = 1;
  return attributes;
}

}  // namespace

Expected<EventGroup> EventGroup::open(const Events& events, Of whose) {
  EventGroup group;
  for (std::size_t n = 0; n < kCounters; ++n) {
    perf_event_attr attributes = attributes_of(events[n], whose);
    const int leader = n == 0 ? -1 : group.events_[0].get();
    const long fd = ::syscall(SYS_perf_event_open, &attributes, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) return fail_errno("profile", "perf_event_open", errno);
    group.events_[n] = UniqueFd(static_cast<int>(fd));
  }
  return group;
}

CounterValues EventGroup::read() const {
  Reading reading{};
  CounterValues values{};
  if (::read(events_[0].get(), &reading, sizeof reading) != sizeof reading || reading.count != kCounters) return values;
  for (std::size_t n = 0; n < kCounters; ++n) values[n] = scaled(reading.values[n], reading.enabled, reading.running);
  return values;
}

std::uint64_t scaled(std::uint64_t count, std::uint64_t enabled, std::uint64_t running) {
  if (running == 0 || running >= enabled) return count;
  return static_cast<std::uint64_t>(static_cast<long double>(count) * static_cast<long double>(enabled) /
                                    static_cast<long double>(running));
}

}  // namespace hevcpool::profile
