// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/memory.h"
#include "cgroup_files.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace hevcpool {
namespace {

class CgroupMemoryTest : public test::CgroupFilesTest {};

TEST_F(CgroupMemoryTest, TakesTheAncestorThatLeavesLeast) {
  write("a/memory.max", "1000\n");
  write("a/memory.current", "900\n");
  write("a/b/memory.max", "500\n");
  write("a/b/memory.current", "100\n");
  EXPECT_DOUBLE_EQ(cgroup_memory_left(root_, "0::/a/b\n"), 100);
}

TEST_F(CgroupMemoryTest, CachedFilesAreFree) {
  write("memory.max", "1000\n");
  write("memory.current", "900\n");
  write("memory.stat", "anon 300\nfile 600\ninactive_file 450\n");
  EXPECT_DOUBLE_EQ(cgroup_memory_left(root_, "0::/\n"), 550);
}

TEST_F(CgroupMemoryTest, ReadsVersionOne) {
  write("memory/box/memory.limit_in_bytes", "2000\n");
  write("memory/box/memory.usage_in_bytes", "1500\n");
  EXPECT_DOUBLE_EQ(cgroup_memory_left(root_, "7:memory:/box\n0::/\n"), 500);
}

TEST_F(CgroupMemoryTest, NoLimitIsNegative) {
  write("memory.max", "max\n");
  write("memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_LT(cgroup_memory_left(root_, "3:memory:/\n0::/\n"), 0);
}

TEST(AddressSpaceTest, ALimitLeavesNoRoom) {
  constexpr std::size_t kMegabytes = 32 << 20;
  EXPECT_TRUE(has_address_space(kMegabytes));
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  const rlimit none{.rlim_cur = 1, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &none), 0);
  const bool there_is_room = has_address_space(kMegabytes);
  ::setrlimit(RLIMIT_AS, &before);
  EXPECT_FALSE(there_is_room);
}

TEST(UsableMemoryTest, ThereIsSome) { EXPECT_GT(usable_memory(), 1e6); }

}  // namespace
}  // namespace hevcpool
