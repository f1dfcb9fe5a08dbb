// SPDX-License-Identifier: GPL-2.0-or-later
// The few figures that describe a row of measurements. Pure.
#pragma once

#include <algorithm>
#include <vector>

namespace hevcpool::cli {

// 0 for none.
inline double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace hevcpool::cli
