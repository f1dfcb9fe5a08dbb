// SPDX-License-Identifier: GPL-2.0-or-later
// What the fault injector is to do, in a file that the test and every process below it map. Filled by the test
// before the program starts; the counters are read afterwards. Plain data, shared between processes: only the
// atomics change once the program runs.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace hevcpool::faults {

// Calls that can be made to fail; a bit each.
enum Call : std::uint32_t {
  kWrite = 1,        // write, pwrite, writev, pwritev: to a regular file
  kRead = 2,         // read, pread: from a regular file
  kFlush = 4,        // fsync, fdatasync
  kTruncate = 8,     // ftruncate, fallocate
  kLink = 16,        // link, linkat
  kRename = 32,      // rename, renameat, renameat2
  kUnlink = 64,      // unlink, unlinkat
  kMakeFolder = 128, // mkdir, mkdirat
  kOpen = 256,       // open, openat for writing
  kFork = 512,       // fork
  kAttribute = 1024, // fchmod, fchown, futimens, fsetxattr
  kClock = 2048,     // clock_gettime of a wall clock, gettimeofday, time
};

enum class Action : std::uint32_t {
  count,        // nothing fails: how many calls are there?
  fail_once,    // the Nth fails
  fail_onward,  // the Nth and all later ones: a full disk stays full
  short_onward, // the Nth write is cut in half, all later ones fail
  kill_tree,    // every process of the program is killed at the Nth, before it is done
  kill_tree_after, // ... when it is done
  stop_self,    // SIGSTOP to the process that makes it
  crash_onward, // SIGSEGV in the process that makes the Nth or a later one
  jump_onward,  // the wall clock is `error` seconds wrong
};

constexpr std::size_t kMostProcesses = 256;

struct FaultPlan {
  std::uint32_t calls = 0;   // of Call
  Action action = Action::count;
  std::uint64_t at = 0;      // the Nth matching call, from 1
  std::int32_t error = 0;    // errno
  std::array<char, 512> folder{};  // only files whose path begins so count; forks and clocks count everywhere
  std::atomic<std::uint64_t> seen{0};   // matching calls so far
  std::atomic<std::uint64_t> fired{0};  // faults made
  std::atomic<std::int32_t> victim{0};  // the process that the fault met
  std::atomic<std::uint32_t> processes{0};
  std::array<std::atomic<std::int32_t>, kMostProcesses> pids{};  // everything the program ever forked
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

}  // namespace hevcpool::faults
