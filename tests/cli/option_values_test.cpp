// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/option_values.h"

#include <gtest/gtest.h>

namespace hevcpool::cli {
namespace {

TEST(OptionValuesTest, Times) {
  EXPECT_DOUBLE_EQ(*parse_time("90"), 90);
  EXPECT_DOUBLE_EQ(*parse_time("1.5"), 1.5);
  EXPECT_DOUBLE_EQ(*parse_time("1:30"), 90);
  EXPECT_DOUBLE_EQ(*parse_time("01:02:03.25"), 3723.25);
  for (const char* wrong : {"", "x", "1:60", "1:2:3:4", "-1", "1e9", "1:", ":1", "1..2", "99999999999", "nan"})
    EXPECT_FALSE(parse_time(wrong)) << wrong;
  EXPECT_DOUBLE_EQ(*parse_time("0"), 0);
  EXPECT_FALSE(parse_length("0"));
  EXPECT_FALSE(parse_length("soon"));
  EXPECT_DOUBLE_EQ(*parse_length("0.04"), 0.04);
}

TEST(OptionValuesTest, BitRates) {
  EXPECT_EQ(*parse_bitrate("2500k"), 2'500'000U);
  EXPECT_EQ(*parse_bitrate("2.5M"), 2'500'000U);
  EXPECT_EQ(*parse_bitrate("800000"), 800'000U);
  for (const char* wrong : {"", "k", "25", "0", "10G", "1e6", "-2M", "99999M"})
    EXPECT_FALSE(parse_bitrate(wrong)) << wrong;
}

TEST(OptionValuesTest, Workers) {
  EXPECT_EQ(*parse_workers("auto"), 0U);
  EXPECT_EQ(*parse_workers("8"), 8U);
  for (const char* wrong : {"0", "-1", "8x", "", "5000"}) EXPECT_FALSE(parse_workers(wrong)) << wrong;
}

TEST(OptionValuesTest, ErrorLimits) {
  EXPECT_EQ(*parse_max_errors("any"), -2);
  EXPECT_EQ(*parse_max_errors("0"), 0);
  EXPECT_FALSE(parse_max_errors("-1"));
  EXPECT_FALSE(parse_max_errors("many"));
  EXPECT_EQ(*parse_percent("2.5%"), 2.5);
  EXPECT_EQ(*parse_percent("0"), 0);
  for (const char* wrong : {"", "%", "-1", "101", "5 %", "nan"}) EXPECT_FALSE(parse_percent(wrong)) << wrong;
}

}  // namespace
}  // namespace hevcpool::cli
