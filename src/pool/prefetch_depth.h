// SPDX-License-Identifier: GPL-2.0-or-later
// How many jobs may be with the supervisor at once. Two per worker: one runs, one waits, so that a worker never
// waits for the host and everything else can still be reordered, cancelled and given its descriptors late. Only
// while jobs are so short that messages are what they cost, more, so that messages travel in batches; what then
// waits in the supervisor is gone within about a millisecond.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hevcpool::pool {

class PrefetchDepth {
 public:
  PrefetchDepth() = default;
  explicit PrefetchDepth(std::size_t workers) : workers_(workers) {}

  std::size_t usual() const { return workers_ * 2; }
  std::size_t most() const { return workers_ * 16; }
  std::size_t now() const { return short_in_a_row_ >= workers_ * 8 ? most() : usual(); }
  // A job is done that took its worker so long.
  void learn(std::uint64_t wall_us) { short_in_a_row_ = wall_us < kShort ? short_in_a_row_ + 1 : 0; }

 private:
  static constexpr std::uint64_t kShort = 100;  // microseconds
  std::size_t workers_ = 1;
  std::size_t short_in_a_row_ = 0;
};

}  // namespace hevcpool::pool
