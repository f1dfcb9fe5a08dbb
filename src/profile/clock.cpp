// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/clock.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>

namespace hevcpool::profile {
namespace {

Nanoseconds read(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return -1;
  return static_cast<Nanoseconds>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// The kernel's encoding of a thread's CPU clock (CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED), as pthread_getcpuclockid()
// makes it of a pthread_t; of x265's threads only the number is known.
clockid_t clock_of(pid_t thread) {
  return static_cast<clockid_t>((~static_cast<unsigned>(thread) << 3) | 6U);
}

}  // namespace

Nanoseconds wall_now() { return read(CLOCK_MONOTONIC); }
Nanoseconds thread_cpu_now() { return read(CLOCK_THREAD_CPUTIME_ID); }
Nanoseconds process_cpu_now() { return read(CLOCK_PROCESS_CPUTIME_ID); }
Nanoseconds cpu_of_thread(pid_t thread) { return read(clock_of(thread)); }

std::vector<pid_t> threads_of_process() {
  std::vector<pid_t> threads;
  std::error_code error;
  for (std::filesystem::directory_iterator it("/proc/self/task", error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().native();
    pid_t thread = 0;
    if (std::from_chars(name.data(), name.data() + name.size(), thread).ec == std::errc{}) threads.push_back(thread);
  }
  std::ranges::sort(threads);
  return threads;
}

}  // namespace hevcpool::profile
