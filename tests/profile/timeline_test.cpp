// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/timeline.h"

#include <gtest/gtest.h>

#include <map>

namespace hevcpool::profile {
namespace {

std::map<std::uint32_t, Nanoseconds> sums(const std::vector<Slice>& slices) {
  std::map<std::uint32_t, Nanoseconds> sum;
  for (const Slice& slice : slices) sum[slice.kind] += slice.length;
  return sum;
}

TEST(TimelineTest, KeepsEverythingThatFits) {
  Timeline timeline(10, 0);
  timeline.add({300, 50, 1, 0, 1});
  timeline.add({100, 50, 2, 0, 1});
  const auto& slices = timeline.slices();
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].begin, 100);
  EXPECT_EQ(slices[1].begin, 300);
}

TEST(TimelineTest, SumsSurviveWhenThereAreTooMany) {
  Timeline timeline(1000, 0);
  std::map<std::uint32_t, Nanoseconds> wanted;
  for (int n = 0; n < 100'000; ++n) {
    const auto kind = static_cast<std::uint32_t>(n % 3);
    timeline.add({n * Nanoseconds{2000}, 1000 + n % 7, kind, 0, 1});
    wanted[kind] += 1000 + n % 7;
  }
  EXPECT_LE(timeline.slices().size(), 1000U);
  EXPECT_EQ(sums(timeline.slices()), wanted);
  EXPECT_GT(timeline.resolution(), 0);
}

TEST(TimelineTest, SlicesOfOneMomentBecomeOneOfEachKindAndDoNotOverlap) {
  Timeline timeline(1000, 1'000'000);
  for (int n = 0; n < 100; ++n) timeline.add({n * Nanoseconds{10'000}, 9'000, static_cast<std::uint32_t>(n % 2), static_cast<std::uint32_t>(n), 1});
  const auto& slices = timeline.slices();
  ASSERT_EQ(slices.size(), 2U);
  EXPECT_EQ(slices[0].count + slices[1].count, 100U);
  EXPECT_EQ(slices[0].begin + slices[0].length, slices[1].begin);
  EXPECT_EQ(slices[1].first, 1U);
}

TEST(TimelineTest, WithoutRoomNothingIsKept) {
  Timeline timeline(0, 0);
  timeline.add({1, 1, 1, 0, 1});
  EXPECT_TRUE(timeline.slices().empty());
}

}  // namespace
}  // namespace hevcpool::profile
