// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/privileges.h"

#include "sandbox/confined_child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace hevcpool::sandbox {
namespace {

std::string status_line(const std::string& name) {
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with(name + ":")) return line.substr(name.size() + 2);
  return "absent";
}

TEST(PrivilegesTest, NoCapabilityIsLeft) {
  const auto outcome = in_child([] {
    drop_capabilities();
    return status_line("CapEff") + " " + status_line("CapPrm") + " " + status_line("CapInh");
  });
  EXPECT_EQ(outcome.said, "0000000000000000 0000000000000000 0000000000000000");
}

TEST(PrivilegesTest, NoNewPrivilegesIsSet) {
  const auto outcome = in_child([] {
    forbid_new_privileges();
    return status_line("NoNewPrivs");
  });
  EXPECT_EQ(outcome.said, "1");
}

TEST(PrivilegesTest, DescriptorsAreLimited) {
  const auto outcome = in_child([] {
    limit_resources({.open_files = 16});
    int made = 0;
    while (::dup(0) >= 0) ++made;
    return errno_name(errno) + (made < 16 ? " in time" : " late");
  });
  EXPECT_EQ(outcome.said, "EMFILE in time");
}

TEST(PrivilegesTest, LimitsAreNeverRaised) {
  const auto outcome = in_child([] {
    const rlimit low{8, 8};
    if (::setrlimit(RLIMIT_NOFILE, &low) != 0) return std::string("cannot lower");
    limit_resources({.open_files = 256});
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    return std::to_string(now.rlim_max);
  });
  EXPECT_EQ(outcome.said, "8");
}

TEST(PrivilegesTest, NoCoreIsDumped) {
  const auto outcome = in_child([] {
    limit_resources({.open_files = 64});
    rlimit now{};
    ::getrlimit(RLIMIT_CORE, &now);
    return std::to_string(now.rlim_max);
  });
  EXPECT_EQ(outcome.said, "0");
}

TEST(PrivilegesTest, SpinningForEverEndsAtTheCpuLimit) {
  const auto outcome = in_child([] {
    limit_resources({.open_files = 64, .cpu_seconds = 1});
    volatile bool spin = true;
    while (spin) {
    }
    return std::string();
  });
  EXPECT_TRUE(outcome.signal == SIGXCPU || outcome.signal == SIGKILL) << outcome.signal;
}

#ifndef HEVCPOOL_SANITIZER
TEST(PrivilegesTest, MemoryIsLimitedOnRequest) {
  const auto outcome = in_child([] {
    limit_resources({.open_files = 64, .address_space_bytes = std::uint64_t{256} << 20});
    const void* memory =
        ::mmap(nullptr, std::size_t{1} << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? errno_name(errno) : std::string("ok");
  });
  EXPECT_EQ(outcome.said, "ENOMEM");
}
#endif

}  // namespace
}  // namespace hevcpool::sandbox
