// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

namespace hevcpool::pool {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr int kOwnThreads = 2;  // the sanitizer has one of its own
#else
constexpr int kOwnThreads = 1;
#endif

constexpr int kFirstFree = 10;  // out of the way of 0 to 3

int count_threads() {
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir("/proc/self/task"), ::closedir);
  if (!folder) return -1;
  int count = 0;
  while (const dirent* entry = ::readdir(folder.get()))
    if (entry->d_name[0] != '.') ++count;
  return count;
}

// A thread that was just joined is listed for a moment longer.
int count_lasting_threads() {
  int count = count_threads();
  for (int i = 0; i < 50 && count > kOwnThreads; ++i) {
    ::usleep(1000);
    count = count_threads();
  }
  return count;
}

}  // namespace

Expected<void> require_only_main_thread() {
  if (::gettid() != ::getpid())
    return fail("pool", "threads", "a pool must be started on the main thread");
  const int threads = count_lasting_threads();
  if (threads > kOwnThreads)
    return fail("pool", "threads",
                fmt::format("a pool must be started before the program has other threads; it has {}", threads));
  return {};
}

Expected<UniqueFd> keep_descriptors(int input, int output, UniqueFd kept) {
  UniqueFd in(::fcntl(input, F_DUPFD_CLOEXEC, kFirstFree));
  UniqueFd out(::fcntl(output, F_DUPFD_CLOEXEC, kFirstFree));
  UniqueFd channel(::fcntl(kept.get(), F_DUPFD_CLOEXEC, kFirstFree));
  (void)kept.release();  // closed below, with everything else; its number may be one of 0 to 3
  if (!in.valid() || !out.valid() || !channel.valid()) return fail_errno("pool", "duplicating a descriptor", errno);
  ::dup2(in.get(), STDIN_FILENO);
  ::dup2(out.get(), STDOUT_FILENO);
  ::dup2(out.get(), STDERR_FILENO);
  ::dup3(channel.get(), 3, O_CLOEXEC);
  for (UniqueFd* closing : {&in, &out, &channel}) closing->reset();
  if (::close_range(4, ~0U, 0) != 0)
    for (int fd = 4; fd < 65536; ++fd) ::close(fd);
  return UniqueFd(3);
}

bool die_with_parent(int signal, pid_t parent) {
  return ::prctl(PR_SET_PDEATHSIG, signal) == 0 && ::getppid() == parent;
}

std::uint64_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) limit_descriptors(limit.rlim_max);
}

void limit_descriptors(std::uint64_t wanted) {
  rlimit limit{};
  if (wanted == 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(wanted, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void name_process(const std::string& name) { ::prctl(PR_SET_NAME, name.c_str()); }

void prefer_as_oom_victim() {
  UniqueFd score(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
  if (score.valid() && ::write(score.get(), "500", 3) < 0) return;  // a wish, not a need
}

void discard_stdio() {
  ::__fpurge(stdout);
  ::__fpurge(stderr);
}

}  // namespace hevcpool::pool
