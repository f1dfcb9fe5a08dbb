// SPDX-License-Identifier: GPL-2.0-or-later
// How many jobs may be with the supervisor at once. Two per worker: one runs, one waits, so that a worker never
// waits for the host and everything else can still be reordered, cancelled and given its descriptors late. Only
// while jobs are short, more, so that messages travel in batches: jobs without descriptors to be opened while
// messages are what they cost, those that may open them early also while a job takes a few milliseconds. What then
// waits in the supervisor is gone within about a millisecond, or within some tens of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace hevcpool::pool {

class PrefetchDepth {
 public:
  PrefetchDepth() = default;
  explicit PrefetchDepth(std::size_t workers) : workers_(workers) {}

  std::size_t usual() const { return workers_ * 2; }
  std::size_t most() const { return workers_ * 16; }
  std::size_t now() const { return short_in_a_row_ >= workers_ * kBelieved ? most() : usual(); }
  // Of jobs whose descriptors may be opened early: each holds some in two processes.
  std::size_t early() const {
    return brief_in_a_row_ >= workers_ * kBelieved ? std::min(workers_ * 8, usual() + kMostEarly) : usual();
  }
  // A job is done that took its worker so long.
  void learn(std::uint64_t wall_us) {
    short_in_a_row_ = wall_us < kShort ? short_in_a_row_ + 1 : 0;
    brief_in_a_row_ = wall_us < kBrief ? brief_in_a_row_ + 1 : 0;
  }

 private:
  static constexpr std::uint64_t kShort = 100, kBrief = 3000;  // microseconds
  static constexpr std::size_t kBelieved = 8;                  // jobs per worker, one after another
  static constexpr std::size_t kMostEarly = 64;
  std::size_t workers_ = 1;
  std::size_t short_in_a_row_ = 0, brief_in_a_row_ = 0;
};

}  // namespace hevcpool::pool
