// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/histogram.h"

#include <gtest/gtest.h>

namespace hevcpool::profile {
namespace {

TEST(HistogramTest, EmptyIsZero) {
  const Histogram none;
  EXPECT_EQ(none.count(), 0U);
  EXPECT_EQ(none.quantile(0.5), 0);
}

TEST(HistogramTest, QuantilesAreWithinThreePercent) {
  Histogram histogram;
  for (Nanoseconds n = 1; n <= 100'000; ++n) histogram.add(n * 10);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.5)), 500'000, 15'000);
  EXPECT_NEAR(static_cast<double>(histogram.quantile(0.99)), 990'000, 30'000);
  EXPECT_EQ(histogram.max(), 1'000'000);
  EXPECT_EQ(histogram.count(), 100'000U);
}

TEST(HistogramTest, OneValueIsEveryQuantile) {
  for (const Nanoseconds value : {Nanoseconds{0}, Nanoseconds{7}, Nanoseconds{16}, Nanoseconds{1'000}, Nanoseconds{3'000'000'000}}) {
    Histogram histogram;
    histogram.add(value);
    for (const double share : {0.0, 0.5, 0.99, 1.0})
      EXPECT_NEAR(static_cast<double>(histogram.quantile(share)), static_cast<double>(value), 0.04 * static_cast<double>(value));
  }
}

TEST(HistogramTest, WhatIsTooLongCountsAsTheLongestClass) {
  Histogram histogram;
  histogram.add(Nanoseconds{1} << 60);
  histogram.add(-5);
  EXPECT_EQ(histogram.count(), 2U);
  EXPECT_EQ(histogram.max(), Nanoseconds{1} << 60);
}

}  // namespace
}  // namespace hevcpool::profile
