// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace hevcpool {
namespace {

Expected<int> half(int number) {
  if (number % 2) return fail("math", "odd", fmt::format("{} is odd", number));
  return number / 2;
}

Expected<int> quarter(int number) {
  HEVCPOOL_ASSIGN(const int first, half(number));
  HEVCPOOL_ASSIGN(const int second, half(first));
  return second;
}

Expected<void> check_even(int number) {
  HEVCPOOL_CHECK(half(number));
  return {};
}

TEST(ErrorTest, ErrnoBecomesNameAndSentence) {
  const Error error = fail_errno("open", "source", ENOENT).value();
  EXPECT_EQ(error.stage, "open");
  EXPECT_EQ(error.code, "ENOENT");
  EXPECT_EQ(error.message, "source: No such file or directory");
  EXPECT_EQ(error.system, ENOENT);
}

TEST(ErrorTest, UnknownErrnoIsNumbered) { EXPECT_EQ(errno_name(9999), "E9999"); }

TEST(ErrorTest, AssignPassesTheValueOn) { EXPECT_EQ(quarter(12).value(), 3); }

TEST(ErrorTest, AssignAndCheckReturnTheFirstError) {
  EXPECT_EQ(quarter(6).error().message, "3 is odd");
  EXPECT_EQ(check_even(7).error().code, "odd");
  EXPECT_TRUE(check_even(8));
}

}  // namespace
}  // namespace hevcpool
