// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/slot.h"

#include <gtest/gtest.h>

namespace hevcpool::pool {
namespace {

using namespace std::chrono_literals;

ipc::Header job(std::uint64_t timeout_us, std::uint64_t stall_us) {
  ipc::Header header;
  header.kind = ipc::Kind::job;
  header.job = 1;
  header.timeout_us = timeout_us;
  header.stall_us = stall_us;
  return header;
}

TEST(SlotTest, TheNearestLimitIsNext) {
  const Time now = Clock::now();
  Slot slot;
  slot.begin(job(2'000'000, 500'000), now);
  EXPECT_EQ(slot.next(), now + 500ms);
  slot.end_job();
  EXPECT_EQ(slot.next(), kNever);
}

TEST(SlotTest, LimitsBeyondTheClockAreNone) {
  Slot slot;
  slot.begin(job(~std::uint64_t{0}, ~std::uint64_t{0}), Clock::now());
  EXPECT_EQ(slot.next(), kNever);
}

TEST(MessageBudgetTest, AllowsABurstThenARate) {
  MessageBudget budget;
  Time now = Clock::now();
  int allowed = 0;
  for (int i = 0; i < 5000; ++i) allowed += budget.take(now);
  EXPECT_EQ(allowed, 2000);
  now += 1s;
  allowed = 0;
  for (int i = 0; i < 5000; ++i) allowed += budget.take(now);
  EXPECT_NEAR(allowed, 1000, 1);
}

TEST(MessageBudgetTest, EveryJobBringsItsOwn) {
  MessageBudget budget;
  const Time now = Clock::now();
  for (int i = 0; i < 2000; ++i) budget.take(now);
  EXPECT_FALSE(budget.take(now));
  budget.begin_job();
  EXPECT_TRUE(budget.take(now));
  EXPECT_TRUE(budget.take(now));
  EXPECT_FALSE(budget.take(now));
}

}  // namespace
}  // namespace hevcpool::pool
