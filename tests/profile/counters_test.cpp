// SPDX-License-Identifier: GPL-2.0-or-later
// Counters of perf_event_open(2). Few machines of tests have the processor's: events of the kernel's own take the
// same way through groups, readings, stages and sandbox, and what they must count is known.
#include "profile/counters.h"
#include "profile/task_profile.h"

#include <linux/perf_event.h>
#include <sys/mman.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

namespace hevcpool::profile {
namespace {

using testing::HasSubstr;

constexpr Events kSoftware = {{{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
                               {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
                               {PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS}}};
enum { kClock, kSwitches, kFaults };

void burn(Nanoseconds time) {
  const Nanoseconds until = thread_cpu_now() + time;
  while (thread_cpu_now() < until) {
  }
}

// Each page is touched for the first time.
void fault(std::size_t pages) {
  const auto size = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  ::madvise(memory, size, MADV_NOHUGEPAGE);
  for (std::size_t at = 0; at < size; at += size / pages) static_cast<volatile char*>(memory)[at] = 1;
  ::munmap(memory, size);
}

void sleep_often(int times) {
  for (int n = 0; n < times; ++n) ::usleep(100);
}

class EventGroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto group = EventGroup::open(kSoftware, EventGroup::Of::this_thread); !group)
      GTEST_SKIP() << group.error().message;
  }
  void TearDown() override { close_events(); }
};

TEST(ScaledTest, WhatWasCountedPartOfTheTimeStandsForAllOfIt) {
  EXPECT_EQ(scaled(1000, 500, 500), 1000U);
  EXPECT_EQ(scaled(1000, 500, 250), 2000U);
  EXPECT_EQ(scaled(3, 900, 300), 9U);
  EXPECT_EQ(scaled(1000, 500, 0), 1000U);                                // never ran: nothing to scale
  EXPECT_EQ(scaled(1000, 500, 501), 1000U);                              // clocks a hair apart
  EXPECT_EQ(scaled(1ULL << 60, 8, 4), 1ULL << 61);                       // beyond what a product of integers holds
  EXPECT_EQ(scaled(6'000'000'000'000, 3'600'000'000'000, 1'800'000'000'000), 12'000'000'000'000U);
}

TEST(DifferenceTest, IsNeverNegative) {
  EXPECT_EQ(difference({5, 7, 9}, {2, 8, 9}), (CounterValues{3, 0, 0}));
}

TEST_F(EventGroupTest, CountsEachEventOfItsOwnThread) {
  const auto group = EventGroup::open(kSoftware, EventGroup::Of::this_thread);
  ASSERT_TRUE(group.has_value());
  // The first call of each brings in pages of code.
  burn(1);
  fault(1);
  sleep_often(1);
  const CounterValues before = group->read();
  const Nanoseconds cpu = thread_cpu_now();
  burn(20'000'000);
  fault(50);
  sleep_often(7);
  const CounterValues spent = difference(group->read(), before);
  const auto clock = static_cast<double>(spent[kClock]), used = static_cast<double>(thread_cpu_now() - cpu);
  EXPECT_NEAR(clock, used, 0.05 * used);
  EXPECT_GE(spent[kSwitches], 7U);
  EXPECT_GE(spent[kFaults], 50U);
  EXPECT_LT(spent[kFaults], 100U);
}

TEST_F(EventGroupTest, OtherThreadsAreOnlyInTheGroupThatInherits) {
  const auto own = EventGroup::open(kSoftware, EventGroup::Of::this_thread);
  const auto all = EventGroup::open(kSoftware, EventGroup::Of::this_thread_and_those_it_starts);
  ASSERT_TRUE(own.has_value());
  ASSERT_TRUE(all.has_value());
  std::thread([] {
    burn(30'000'000);
    fault(60);
  }).join();
  EXPECT_LT(own->read()[kClock], 15'000'000U);
  EXPECT_LT(own->read()[kFaults], 60U);
  EXPECT_GE(all->read()[kClock], 30'000'000U);
  EXPECT_GE(all->read()[kFaults], 60U);
}

// Of a task: what stages count, and what is left for threads that are not the worker's.
TEST_F(EventGroupTest, EachStageHasItsOwnAndX265TheRest) {
  open_events(kSoftware);
  TaskProfile profile({});
  {
    const Scope decode(Stage::decode);
    burn(20'000'000);
  }
  {
    const Scope mux(Stage::mux);
    fault(300);
  }
  std::thread([] { burn(40'000'000); }).join();
  const auto task = nlohmann::json::parse(profile.finish());
  EXPECT_EQ(task["counters"], "hardware");
  EXPECT_EQ(task["counters_reason"], "");
  std::map<std::string, nlohmann::json> stages;
  for (const auto& stage : task["stages"]) stages[stage["name"]] = stage;
  EXPECT_NEAR(stages["decode"]["cycles"].get<double>(), 20e6, 4e6);
  EXPECT_GE(stages["mux"]["cache_misses"].get<int>(), 300);
  EXPECT_LT(stages["decode"]["cache_misses"].get<int>(), 100);
  ASSERT_FALSE(task["stages"].empty());
}

TEST_F(EventGroupTest, WhatTheMachineLacksIsSaidAndTheKernelCountsInstead) {
  open_events({{{PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK}, {PERF_TYPE_HARDWARE, 999}, {PERF_TYPE_HARDWARE, 999}}});
  const Counters counters;
  EXPECT_EQ(counters.source(), CounterSource::kernel);
  EXPECT_THAT(counters.reason(), HasSubstr("hardware counters"));
  const CounterValues before = counters.thread();
  fault(40);
  sleep_often(5);
  const CounterValues spent = difference(counters.thread(), before);
  EXPECT_GE(spent[0], 5U);   // waits
  EXPECT_GE(spent[2], 40U);  // page faults
  EXPECT_GE(counters.process()[2], spent[2]);
}

TEST(CountersTest, WithoutEventsNothingIsClaimed) {
  close_events();
  const Counters counters;
  EXPECT_EQ(counters.source(), CounterSource::kernel);
  EXPECT_EQ(counters.reason(), "this machine offers no hardware counters");
  EXPECT_EQ(counter_names(counters.source())[2], "page_faults");
  EXPECT_EQ(counter_names(CounterSource::hardware)[1], "instructions");
}

}  // namespace
}  // namespace hevcpool::profile
