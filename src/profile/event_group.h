// SPDX-License-Identifier: GPL-2.0-or-later
// Events of perf_event_open(2) counted together: the kernel gives counters to all of them or to none, so that their
// ratios hold. Where groups take turns at the processor's counters, counts are scaled up to the whole time. Counts
// from when it was opened until it goes. One thread reads.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hevcpool::profile {

inline constexpr std::size_t kCounters = 3;
using CounterValues = std::array<std::uint64_t, kCounters>;

// As perf_event_attr has them.
struct Event {
  std::uint32_t type = 0;
  std::uint64_t config = 0;
};
using Events = std::array<Event, kCounters>;

class EventGroup {
 public:
  enum class Of { this_thread, this_thread_and_those_it_starts };
  // An error has the errno's name as its code: the kernel or the machine offers no such events.
  static Expected<EventGroup> open(const Events& events, Of whose);

  // Scaled; 0 where the kernel gives no answer.
  CounterValues read() const;

 private:
  std::array<UniqueFd, kCounters> events_;  // the first leads the group
};

// What was counted during `running` of the `enabled` nanoseconds, for all of them.
std::uint64_t scaled(std::uint64_t count, std::uint64_t enabled, std::uint64_t running);

}  // namespace hevcpool::profile
