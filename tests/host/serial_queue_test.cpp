// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/serial_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

namespace hevcpool::host {
namespace {

TEST(SerialQueue, RunsEverythingInOrderBeforeItStops) {
  std::vector<int> order;
  SerialQueue queue;
  for (int i = 0; i < 1000; ++i) queue.post([&, i] { order.push_back(i); });
  queue.stop();
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(SerialQueue, WorkMayPostMore) {
  std::promise<void> ran;
  SerialQueue queue;
  queue.post([&] { queue.post([&] { ran.set_value(); }); });
  EXPECT_EQ(ran.get_future().wait_for(std::chrono::seconds(30)), std::future_status::ready);
}

TEST(SerialQueue, DropsWhatComesAfterTheStop) {
  int ran = 0;
  SerialQueue queue;
  queue.stop();
  queue.post([&] { ++ran; });
  queue.stop();
  EXPECT_EQ(ran, 0);
}

}  // namespace
}  // namespace hevcpool::host
