// SPDX-License-Identifier: GPL-2.0-or-later
// What the processor and the kernel count. Hardware events come through perf_event_open(2), which the sandbox
// forbids: a worker opens them before it is confined (open_hardware_events(), once). Without them the kernel's own
// numbers stand in: context switches and page faults of the thread. One thread reads.
#pragma once

#include "profile/event_group.h"

#include <string>
#include <string_view>

namespace hevcpool::profile {

enum class CounterSource { hardware, kernel };
// hardware: cycles, instructions, cache_misses; kernel: voluntary and involuntary switches, page faults.
const std::array<std::string_view, kCounters>& counter_names(CounterSource source);

// Opens the events of the calling process's first thread, and those of all its threads together, and keeps them for
// whatever Counters there will be. To be called in a worker before it has threads, before its first job and before
// the sandbox closes. Where the kernel offers no such events nothing is kept, and Counters say why.
void open_hardware_events();
// The same with other events in the place of cycles, instructions and cache misses.
void open_events(const Events& events);
void close_events();

class Counters {
 public:
  // Uses the hardware events that were opened in this process, if there are any.
  Counters();
  CounterSource source() const { return source_; }
  // Why there are no hardware events; empty when there are.
  const std::string& reason() const { return reason_; }

  CounterValues thread() const;   // of the calling thread
  CounterValues process() const;  // of all threads

 private:
  CounterSource source_;
  std::string reason_;
};

// Scaled counts are estimates, and may fall a little behind what they were: never negative.
constexpr CounterValues difference(const CounterValues& now, const CounterValues& before) {
  CounterValues values{};
  for (std::size_t n = 0; n < kCounters; ++n) values[n] = now[n] > before[n] ? now[n] - before[n] : 0;
  return values;
}

}  // namespace hevcpool::profile
