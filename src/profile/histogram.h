// SPDX-License-Identifier: GPL-2.0-or-later
// Durations, counted in classes of 1/16 of a power of two: any quantile within 3 %, in constant space. A value.
#pragma once

#include "profile/clock.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace hevcpool::profile {

class Histogram {
 public:
  void add(Nanoseconds duration);

  std::uint64_t count() const { return count_; }
  Nanoseconds max() const { return max_; }
  // The duration that a share of all (0 to 1) does not exceed; 0 when there is none.
  Nanoseconds quantile(double share) const;

 private:
  static constexpr std::size_t kParts = 16;     // of each power of two
  static constexpr std::size_t kPowers = 40;    // 18 minutes
  static std::size_t class_of(Nanoseconds duration);
  static Nanoseconds middle_of(std::size_t number);

  std::array<std::uint32_t, kParts * kPowers> classes_{};
  std::uint64_t count_ = 0;
  Nanoseconds max_ = 0;
};

}  // namespace hevcpool::profile
