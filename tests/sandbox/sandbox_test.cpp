// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/sandbox.h"

#include "sandbox/confined_child.h"
#include "sandbox/landlock.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace hevcpool::sandbox {
namespace {

TEST(SandboxTest, EveryLayerIsActiveHere) {
  const auto found = available();
  ASSERT_TRUE(found) << found.error().message;
  for (const char* name : {"environment", "rlimits", "capabilities", "no_new_privs", "seccomp"}) {
    ASSERT_NE(found->find(name), nullptr) << name;
    EXPECT_TRUE(found->find(name)->active) << name << ": " << found->find(name)->detail;
  }
  EXPECT_EQ(found->find("landlock")->active, landlock_version() >= 1);
}

TEST(SandboxTest, AskingChangesNothing) {
  ASSERT_TRUE(available());
  const int fd = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0);
  ::close(fd);
  EXPECT_NE(::getenv("PATH"), nullptr);
}

TEST(SandboxTest, AnOrdinaryUserIsConfinedAsWell) {
  const auto told = [] {
    const auto inner = ::open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    return outcome_of(inner);
  };
  EXPECT_EQ(in_confined_child(told).said, "EACCES");
  EXPECT_EQ(as_nobody(told).said, "EACCES");
  const auto socket = [] { return outcome_of(::socket(AF_UNIX, SOCK_STREAM, 0)); };
  EXPECT_EQ(in_confined_child(socket).signal, SIGSYS);
  EXPECT_EQ(as_nobody(socket).signal, SIGSYS);
}

TEST(SandboxTest, AMissingLayerIsAnErrorOnlyWhenRequired) {
  const SandboxOptions nowhere{.scratch_folder = "/does/not/exist"};
  const auto lenient = available(nowhere);
  ASSERT_TRUE(lenient);
  EXPECT_FALSE(lenient->complete());
  EXPECT_FALSE(lenient->find("landlock")->active);
  EXPECT_TRUE(lenient->find("seccomp")->active);
  SandboxOptions strict = nowhere;
  strict.require = true;
  const auto refused = available(strict);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("landlock"), std::string::npos);
}

TEST(SandboxTest, ASecondConfinementChangesNothing) {
  const auto outcome = in_confined_child([] { return std::string(confine({}) ? "confined" : "refused"); });
  EXPECT_NE(outcome.signal, SIGSEGV);
  EXPECT_NE(outcome.said, "");
}

#ifndef HEVCPOOL_SANITIZER
TEST(SandboxTest, AProcessWithThreadsIsRefused) {
  const auto outcome = in_child([] {
    std::mutex mutex;
    std::condition_variable wake;
    bool stop = false;
    std::thread other([&] {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return stop; });
    });
    const auto confined = confine({});
    {
      const std::lock_guard lock(mutex);
      stop = true;
    }
    wake.notify_one();
    other.join();
    return confined ? std::string("confined") : confined.error().code;
  });
  EXPECT_EQ(outcome.said, "threads");
}
#endif

}  // namespace
}  // namespace hevcpool::sandbox
