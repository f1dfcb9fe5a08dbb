// SPDX-License-Identifier: GPL-2.0-or-later
// What the processor and the kernel count. Hardware events come through perf_event_open(2), which the sandbox
// forbids: a worker opens them before it is confined (open_hardware_events(), once). Without them the kernel's own
// numbers stand in: context switches and page faults of the thread. One thread reads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::profile {

inline constexpr std::size_t kCounters = 3;
using CounterValues = std::array<std::uint64_t, kCounters>;

enum class CounterSource { hardware, kernel };
// hardware: cycles, instructions, cache_misses; kernel: voluntary and involuntary switches, page faults.
const std::array<std::string_view, kCounters>& counter_names(CounterSource source);

// Opens the hardware events of the calling process's first thread, and of all its threads together. To be called in
// a worker before its first job and before the sandbox closes. Returns the descriptors, which must stay open; none
// where the kernel offers no events.
std::vector<int> open_hardware_events();

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

}  // namespace hevcpool::profile
