// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace hevcpool::profile {

// Below kParts each number is a class of its own; above, the four bits after the leading one choose the part.
std::size_t Histogram::class_of(Nanoseconds duration) {
  const auto value = static_cast<std::uint64_t>(std::max<Nanoseconds>(duration, 0));
  if (value < kParts) return value;
  const auto power = static_cast<std::size_t>(std::bit_width(value)) - 5;  // how often to halve to below 32
  const std::size_t part = (value >> power) - kParts;
  return std::min((power + 1) * kParts + part, kParts * kPowers - 1);
}

Nanoseconds Histogram::middle_of(std::size_t number) {
  if (number < kParts) return static_cast<Nanoseconds>(number);
  const std::size_t power = number / kParts - 1;
  const auto low = static_cast<Nanoseconds>((kParts + number % kParts) << power);
  return low + ((Nanoseconds{1} << power) - 1) / 2;
}

void Histogram::add(Nanoseconds duration) {
  ++classes_[class_of(duration)];
  ++count_;
  max_ = std::max(max_, duration);
}

Nanoseconds Histogram::quantile(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t n = 0; n < classes_.size(); ++n) {
    seen += classes_[n];
    if (seen >= std::max<std::uint64_t>(wanted, 1)) return std::min(middle_of(n), max_);
  }
  return max_;
}

}  // namespace hevcpool::profile
