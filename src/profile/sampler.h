// SPDX-License-Identifier: GPL-2.0-or-later
// Samples the call stacks of all threads of the process by a timer on its CPU time: SIGPROF interrupts whichever
// thread runs, and its handler unwinds there. Works inside the sandbox. One at a time in a process; start and stop
// on one thread. Stacks are addresses; who makes names of them must have the same libraries at the same places, as
// the host of a pool has, which its workers are forked from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace hevcpool::profile {

using Stack = std::vector<std::uintptr_t>;  // innermost first

class Sampler {
 public:
  // Null when the timer cannot be set.
  static std::unique_ptr<Sampler> start(unsigned samples_per_second);
  ~Sampler();
  Sampler(const Sampler&) = delete;
  Sampler& operator=(const Sampler&) = delete;

  // Stops sampling. How often each stack was seen.
  std::map<Stack, std::uint64_t> stop();
  std::uint64_t lost() const { return lost_; }  // for which there was no room

 private:
  Sampler() = default;
  bool stopped_ = false;
  std::uint64_t lost_ = 0;
};

}  // namespace hevcpool::profile
