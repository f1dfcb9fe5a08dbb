// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/syscall_filter.h"

#include "base/unique_fd.h"
#include "sandbox/confined_child.h"
#include "sandbox/privileges.h"
#include "sandbox/syscall_lists.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

namespace hevcpool::sandbox {
namespace {

ChildOutcome filtered(const std::function<std::string()>& attempt, bool write_by_path = true) {
  return in_child([&] {
    forbid_new_privileges();
    const Layer layer = filter_system_calls({.write_by_path = write_by_path});
    return layer.active ? attempt() : "inactive: " + layer.detail;
  });
}

TEST(SyscallFilterTest, EveryDeadlyCallEndsTheProcess) {
  int tried = 0;
  for (const char* name : deadly_calls()) {
    const int number = ::seccomp_syscall_resolve_name(name);
    if (number < 0) continue;  // not on this architecture
    ++tried;
    EXPECT_EQ(filtered([&] { return outcome_of(::syscall(number, 0, 0, 0, 0, 0, 0)); }).signal, SIGSYS) << name;
  }
  EXPECT_GT(tried, 50);
}

TEST(SyscallFilterTest, ADeadlyCallIsNeverAllowedToo) {
  for (const char* name : deadly_calls()) {
    EXPECT_EQ(std::ranges::count(always_allowed_calls(), std::string_view(name)), 0) << name;
    EXPECT_EQ(std::ranges::count(path_changing_calls(), std::string_view(name)), 0) << name;
  }
}

TEST(SyscallFilterTest, AnUnknownCallIsRefused) {
  EXPECT_EQ(filtered([] { return outcome_of(::syscall(SYS_sync)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::syscall(SYS_chmod, "/tmp", 0777)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::syscall(100000)); }).said, "EPERM");
}

TEST(SyscallFilterTest, NewCallsForThreadsFallBack) {
  EXPECT_EQ(filtered([] { return outcome_of(::syscall(SYS_clone3, nullptr, 0)); }).said, "ENOSYS");
}

TEST(SyscallFilterTest, ThreadsWork) {
  const auto outcome = filtered([] {
    int sum = 0;
    std::thread one([&] { sum += 1; });
    one.join();
    std::thread two([&] { sum += 2; });
    ::pthread_setname_np(two.native_handle(), "two");
    two.join();
    return std::to_string(sum);
  });
  EXPECT_EQ(outcome.said, "3") << outcome.signal;
}

TEST(SyscallFilterTest, AThreadIsFilteredToo) {
  const auto outcome = filtered([] {
    std::thread([] { ::socket(AF_INET, SOCK_STREAM, 0); }).join();
    return std::string("alive");
  });
  EXPECT_EQ(outcome.signal, SIGSYS);
}

TEST(SyscallFilterTest, ProcessesCannotBeMade) {
  EXPECT_EQ(filtered([] { return outcome_of(::fork()); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0)); }).said,
            "EPERM");
}

TEST(SyscallFilterTest, NamespacesEndTheProcess) {
  for (const unsigned long flag : {CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWNS})
    EXPECT_EQ(filtered([&] {
                return outcome_of(::syscall(SYS_clone, flag | SIGCHLD, nullptr, nullptr, nullptr, 0));
              }).signal, SIGSYS);
}

TEST(SyscallFilterTest, OnlyItselfCanBeSignalled) {
  const int parent = ::getpid();
  EXPECT_EQ(filtered([&] { return outcome_of(::kill(parent, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::kill(0, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::kill(-1, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([&] { return outcome_of(::syscall(SYS_tgkill, parent, parent, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([&] { return outcome_of(::syscall(SYS_tkill, parent, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([]() -> std::string { ::raise(SIGABRT); return "alive"; }).signal, SIGABRT);
}

TEST(SyscallFilterTest, ItCannotLeaveItsGroupOrItsParent) {
  EXPECT_EQ(filtered([] { return outcome_of(::setpgid(0, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::setsid()); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::prctl(PR_SET_PDEATHSIG, 0)); }).said, "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::fcntl(0, F_SETOWN, 1)); }).said, "EPERM");
  EXPECT_EQ(filtered([] {
              const rlimit more{1, 1};
              return outcome_of(::setrlimit(RLIMIT_CORE, &more));
            }).said, "EPERM");
}

TEST(SyscallFilterTest, CodecsGetWhatTheyNeed) {
  const auto outcome = filtered([]() -> std::string {
    const UniqueFd memory(::memfd_create("body", MFD_CLOEXEC));
    if (!memory.valid() || ::ftruncate(memory.get(), 8192) != 0) return "memfd";
    void* map = ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    if (map == MAP_FAILED || ::madvise(map, 8192, MADV_DONTNEED) != 0) return "mmap";
    if (::mprotect(map, 8192, PROT_READ) != 0 || ::munmap(map, 8192) != 0) return "mprotect";
    cpu_set_t cpus;
    if (::sched_getaffinity(0, sizeof cpus, &cpus) != 0) return "sched_getaffinity";
    if (::sched_setaffinity(0, sizeof cpus, &cpus) != 0) return "sched_setaffinity";
    if (::syscall(SYS_get_mempolicy, nullptr, nullptr, 0, nullptr, 0) != 0) return "get_mempolicy";
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return "getrlimit";
    if (::fcntl(memory.get(), F_GETFL) < 0 || ::fallocate(memory.get(), 0, 0, 4096) != 0) return "fallocate";
    return "all";
  });
  EXPECT_EQ(outcome.said, "all");
}

TEST(SyscallFilterTest, AnExistingSocketPassesMessagesAndDescriptors) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
  const UniqueFd here(ends[0]), there(ends[1]);
  ASSERT_EQ(::send(here.get(), "ping", 4, 0), 4);
  EXPECT_EQ(filtered([&] {
              char text[8] = {};
              return std::string(text, static_cast<std::size_t>(std::max<ssize_t>(0, ::recv(there.get(), text, 8, 0))));
            }).said, "ping");
}

TEST(SyscallFilterTest, WithoutLandlockFilesOpenForReadingOnly) {
  const auto opened = [](int flags) {
    return filtered([&] { return outcome_of(::open("/tmp", flags | O_CLOEXEC, 0600)); }, false).said;
  };
  EXPECT_EQ(opened(O_RDONLY), "ok");
  EXPECT_EQ(opened(O_WRONLY), "EPERM");
  EXPECT_EQ(opened(O_RDWR), "EPERM");
  EXPECT_EQ(opened(O_RDWR | O_TMPFILE), "EPERM");
  EXPECT_EQ(opened(O_RDONLY | O_CREAT), "EPERM");
  EXPECT_EQ(filtered([] { return outcome_of(::unlink("/tmp/none")); }, false).said, "EPERM");
}

}  // namespace
}  // namespace hevcpool::sandbox
