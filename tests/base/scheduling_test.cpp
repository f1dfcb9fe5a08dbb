// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/scheduling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace hevcpool {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// In a process of its own: none of it can be undone. Returns what `check` returned, or -1.
int in_child(int (*check)()) {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(check());
  int status = 0;
  return ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(CpuListTest, ReadsRangesAndNumbers) {
  EXPECT_THAT(parse_cpu_list("0-2,8,10-11\n"), ElementsAre(0U, 1U, 2U, 8U, 10U, 11U));
  EXPECT_THAT(parse_cpu_list(""), IsEmpty());
  EXPECT_THAT(parse_cpu_list("x,3"), ElementsAre(3U));
}

TEST(SchedulingTest, NiceIsAddedToWhatThereIs) {
  EXPECT_EQ(in_child([] {
    const int before = ::getpriority(PRIO_PROCESS, 0);
    return add_nice(3) ? ::getpriority(PRIO_PROCESS, 0) - before : -1;
  }), 3);
}

TEST(SchedulingTest, IdleIsTheClassOfThoseWhoWait) {
  EXPECT_EQ(in_child([] { return use_idle_time_only() ? ::sched_getscheduler(0) : -1; }), SCHED_IDLE);
}

TEST(SchedulingTest, APinnedProcessHasOneCpu) {
  EXPECT_EQ(in_child([] {
    cpu_set_t set;
    if (!pin_to_cpu(7, false) || ::sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    return CPU_COUNT(&set);
  }), 1);
  EXPECT_GE(in_child([] {
    cpu_set_t set;
    if (!pin_to_cpu(0, true) || ::sched_getaffinity(0, sizeof set, &set) != 0) return -1;
    return CPU_COUNT(&set);
  }), 1);
}

}  // namespace
}  // namespace hevcpool
