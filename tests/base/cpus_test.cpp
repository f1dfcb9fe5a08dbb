// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/cpus.h"
#include "cgroup_files.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace hevcpool {
namespace {

class CgroupQuotaTest : public test::CgroupFilesTest {};

TEST_F(CgroupQuotaTest, TakesTheTightestAncestorOfTheUnifiedHierarchy) {
  write("a/cpu.max", "150000 100000\n");
  write("a/b/cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_, "0::/a/b\n"), 1.5);
}

TEST_F(CgroupQuotaTest, ReadsTheQuotaOfVersionOne) {
  write("cpu,cpuacct/box/cpu.cfs_quota_us", "300000\n");
  write("cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_, "4:cpu,cpuacct:/box\n0::/\n"), 3.0);
}

TEST_F(CgroupQuotaTest, NoLimitIsZero) {
  write("cpu.max", "max 100000\n");
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_, "0::/\n"), 0);
  EXPECT_DOUBLE_EQ(cgroup_cpu_quota(root_, "rubbish\n"), 0);
}

TEST(UsableCpusTest, FollowsTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(usable_cpus(), 1u);
  ASSERT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
  EXPECT_GE(usable_cpus(), 1u);
}

}  // namespace
}  // namespace hevcpool
