// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/chunk.h"

#include <gtest/gtest.h>

#include <string>

namespace hevcpool::pool {
namespace {

TEST(ChunkTest, RoundTrip) {
  std::string list;
  for (const char* text : {"1", "", "[2,3]"}) append_argument(list, text);
  const auto arguments = split_arguments(list);
  ASSERT_TRUE(arguments);
  EXPECT_EQ(*arguments, (std::vector<std::string_view>{"1", "", "[2,3]"}));
  std::string results;
  append_result(results, ipc::Outcome::ok, "x");
  append_result(results, ipc::Outcome::exception, "{}");
  const auto split = split_results(results);
  ASSERT_TRUE(split);
  ASSERT_EQ(split->size(), 2u);
  EXPECT_EQ((*split)[1].outcome, ipc::Outcome::exception);
  EXPECT_EQ((*split)[0].text, "x");
}

TEST(ChunkTest, EveryTruncationIsRefusedOrShorter) {
  std::string list;
  append_result(list, ipc::Outcome::ok, "abc");
  append_result(list, ipc::Outcome::ok, "de");
  for (std::size_t size = 1; size < list.size(); ++size) {
    const auto results = split_results(std::string_view(list).substr(0, size));
    EXPECT_TRUE(!results || results->size() == 1) << size;
  }
}

TEST(ChunkTest, RejectsLengthsAndOutcomesThatLie) {
  std::string list;
  append_argument(list, "abc");
  list[0] = '\xff';
  EXPECT_FALSE(split_arguments(list));
  std::string results;
  append_result(results, static_cast<ipc::Outcome>(9), "abc");
  EXPECT_FALSE(split_results(results));
}

}  // namespace
}  // namespace hevcpool::pool
