// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/environment.h"

#include "sandbox/confined_child.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace hevcpool::sandbox {
namespace {

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "(unset)";
}

TEST(EnvironmentTest, KeepsOnlyWhatLibrariesNeed) {
  ::setenv("AWS_SECRET_ACCESS_KEY", "hunter2", 1);
  ::setenv("LC_ALL", "C.UTF-8", 1);
  const auto outcome = in_child([] {
    scrub_environment();
    return value_of("AWS_SECRET_ACCESS_KEY") + " " + value_of("HOME") + " " + value_of("LC_ALL");
  });
  EXPECT_EQ(outcome.said, "(unset) (unset) C.UTF-8");
  EXPECT_EQ(value_of("AWS_SECRET_ACCESS_KEY"), "hunter2");
}

// /proc/self/environ shows the memory in which the process got its variables.
TEST(EnvironmentTest, OverwritesTheTextOfWhatItRemoves) {
  ASSERT_NE(std::getenv("PATH"), nullptr);
  const std::string path = std::getenv("PATH");
  const auto outcome = in_child([] {
    scrub_environment();
    std::ifstream file("/proc/self/environ", std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  });
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.said.find(path), std::string::npos);
}

}  // namespace
}  // namespace hevcpool::sandbox
