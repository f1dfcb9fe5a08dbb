// SPDX-License-Identifier: GPL-2.0-or-later
// The fault injector: a library that is loaded before libc (LD_PRELOAD), by tests only. It counts the calls that
// its plan names and makes the Nth of them fail, or ends every process of the program there. HEVCPOOL_FAULT_PLAN
// names the plan; without it everything is passed on.
#include "faults/fault_plan.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace hevcpool::faults {
namespace {

FaultPlan* plan = nullptr;

void register_process() {
  const std::uint32_t place = plan->processes.fetch_add(1);
  if (place < kMostProcesses) plan->pids[place].store(::getpid());
}

__attribute__((constructor)) void map_plan() {
  const char* path = std::getenv("HEVCPOOL_FAULT_PLAN");
  if (path == nullptr) return;
  const int fd = ::open(path, O_RDWR | O_CLOEXEC);
  void* map = ::mmap(nullptr, sizeof(FaultPlan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (map == MAP_FAILED) ::abort();
  plan = static_cast<FaultPlan*>(map);
  register_process();
  ::pthread_atfork(nullptr, nullptr, register_process);
}

bool below_folder(const char* path) {
  const std::size_t length = std::strlen(plan->folder.data());
  return std::strncmp(path, plan->folder.data(), length) == 0;
}

// An unnamed file shows as "/folder/#123 (deleted)". Relative paths are resolved against the working folder.
bool is_ours(int fd) {
  char link[64];
  char target[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, target, sizeof target - 1);
  if (length <= 0) return false;
  target[length] = 0;
  return below_folder(target);
}

bool path_is_ours(const char* path) {
  if (path[0] == '/') return below_folder(path);
  char folder[PATH_MAX];
  return ::getcwd(folder, sizeof folder) != nullptr && below_folder(folder);
}

void kill_tree() {
  const int self = ::getpid();
  const std::uint32_t count = plan->processes.load();
  for (std::uint32_t i = 0; i < count && i < kMostProcesses; ++i)
    if (const int pid = plan->pids[i].load(); pid > 0 && pid != self) ::kill(pid, SIGKILL);
  ::syscall(SYS_kill, self, SIGKILL);
}

enum class Verdict { pass, fail, half, end_after };

// Decides about one matching call. Counts it.
Verdict judge() {
  const std::uint64_t number = plan->seen.fetch_add(1) + 1;
  if (number == plan->at) plan->victim.store(::getpid());
  const bool now = number == plan->at, later = plan->at != 0 && number > plan->at;
  switch (plan->action) {
    case Action::count: return Verdict::pass;
    case Action::fail_once: return now ? Verdict::fail : Verdict::pass;
    case Action::fail_onward: return now || later ? Verdict::fail : Verdict::pass;
    case Action::short_onward: return now ? Verdict::half : later ? Verdict::fail : Verdict::pass;
    case Action::kill_tree:
      if (now) plan->fired.fetch_add(1), kill_tree();
      return Verdict::pass;
    case Action::kill_tree_after: return now ? Verdict::end_after : Verdict::pass;
    case Action::stop_self:
      if (now) plan->fired.fetch_add(1), ::syscall(SYS_kill, ::getpid(), SIGSTOP);
      return Verdict::pass;
    case Action::crash_onward:
      if (now || later) plan->fired.fetch_add(1), ::raise(SIGSEGV);
      return Verdict::pass;
    case Action::jump_onward: return now || later ? Verdict::fail : Verdict::pass;
  }
  return Verdict::pass;
}

Verdict judge_fd(Call call, int fd) {
  if (plan == nullptr || !(plan->calls & call) || !is_ours(fd)) return Verdict::pass;
  return judge();
}

Verdict judge_path(Call call, const char* path) {
  if (plan == nullptr || !(plan->calls & call) || !path_is_ours(path)) return Verdict::pass;
  return judge();
}

long refuse() {
  plan->fired.fetch_add(1);
  errno = plan->error;
  return -1;
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// Passes a call on, or not, by the verdict.
template <class Call>
auto carry_out(Verdict verdict, Call call) -> decltype(call()) {
  if (verdict == Verdict::fail) return static_cast<decltype(call())>(refuse());
  const auto result = call();
  if (verdict == Verdict::end_after) plan->fired.fetch_add(1), kill_tree();
  return result;
}

// A write that the disk took half of.
template <class Call>
ssize_t write_some(Verdict verdict, std::size_t size, Call call) {
  if (verdict != Verdict::half) return carry_out(verdict, [&] { return call(size); });
  plan->fired.fetch_add(1);
  return size > 1 ? call(size / 2) : static_cast<ssize_t>(refuse());
}

}  // namespace
}  // namespace hevcpool::faults

using namespace hevcpool::faults;

#define HEVCPOOL_EXPORT extern "C" __attribute__((visibility("default")))
#define HEVCPOOL_REAL(name) static auto* next = real<decltype(::name)>(#name)

HEVCPOOL_EXPORT ssize_t write(int fd, const void* data, size_t size) {
  HEVCPOOL_REAL(write);
  return write_some(judge_fd(kWrite, fd), size, [&](size_t n) { return next(fd, data, n); });
}
HEVCPOOL_EXPORT ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  HEVCPOOL_REAL(pwrite);
  return write_some(judge_fd(kWrite, fd), size, [&](size_t n) { return next(fd, data, n, at); });
}
HEVCPOOL_EXPORT ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  HEVCPOOL_REAL(pwrite64);
  return write_some(judge_fd(kWrite, fd), size, [&](size_t n) { return next(fd, data, n, at); });
}
HEVCPOOL_EXPORT ssize_t writev(int fd, const iovec* parts, int count) {
  HEVCPOOL_REAL(writev);
  return carry_out(judge_fd(kWrite, fd), [&] { return next(fd, parts, count); });
}
HEVCPOOL_EXPORT ssize_t read(int fd, void* data, size_t size) {
  HEVCPOOL_REAL(read);
  return write_some(judge_fd(kRead, fd), size, [&](size_t n) { return next(fd, data, n); });
}
HEVCPOOL_EXPORT ssize_t pread(int fd, void* data, size_t size, off_t at) {
  HEVCPOOL_REAL(pread);
  return write_some(judge_fd(kRead, fd), size, [&](size_t n) { return next(fd, data, n, at); });
}
HEVCPOOL_EXPORT ssize_t pread64(int fd, void* data, size_t size, off64_t at) {
  HEVCPOOL_REAL(pread64);
  return write_some(judge_fd(kRead, fd), size, [&](size_t n) { return next(fd, data, n, at); });
}
HEVCPOOL_EXPORT int fsync(int fd) {
  HEVCPOOL_REAL(fsync);
  return carry_out(judge_fd(kFlush, fd), [&] { return next(fd); });
}
HEVCPOOL_EXPORT int fdatasync(int fd) {
  HEVCPOOL_REAL(fdatasync);
  return carry_out(judge_fd(kFlush, fd), [&] { return next(fd); });
}
HEVCPOOL_EXPORT int ftruncate(int fd, off_t size) noexcept {
  HEVCPOOL_REAL(ftruncate);
  return carry_out(judge_fd(kTruncate, fd), [&] { return next(fd, size); });
}
HEVCPOOL_EXPORT int ftruncate64(int fd, off64_t size) noexcept {
  HEVCPOOL_REAL(ftruncate64);
  return carry_out(judge_fd(kTruncate, fd), [&] { return next(fd, size); });
}
HEVCPOOL_EXPORT int fallocate(int fd, int mode, off_t at, off_t size) {
  HEVCPOOL_REAL(fallocate);
  return carry_out(judge_fd(kTruncate, fd), [&] { return next(fd, mode, at, size); });
}
HEVCPOOL_EXPORT int link(const char* from, const char* to) noexcept {
  HEVCPOOL_REAL(link);
  return carry_out(judge_path(kLink, to), [&] { return next(from, to); });
}
HEVCPOOL_EXPORT int linkat(int from_folder, const char* from, int to_folder, const char* to, int flags) noexcept {
  HEVCPOOL_REAL(linkat);
  return carry_out(judge_path(kLink, to), [&] { return next(from_folder, from, to_folder, to, flags); });
}
HEVCPOOL_EXPORT int rename(const char* from, const char* to) noexcept {
  HEVCPOOL_REAL(rename);
  return carry_out(judge_path(kRename, to), [&] { return next(from, to); });
}
HEVCPOOL_EXPORT int renameat2(int from_folder, const char* from, int to_folder, const char* to,
                              unsigned flags) noexcept {
  HEVCPOOL_REAL(renameat2);
  return carry_out(judge_path(kRename, to), [&] { return next(from_folder, from, to_folder, to, flags); });
}
HEVCPOOL_EXPORT int unlink(const char* path) noexcept {
  HEVCPOOL_REAL(unlink);
  return carry_out(judge_path(kUnlink, path), [&] { return next(path); });
}
HEVCPOOL_EXPORT int mkdir(const char* path, mode_t mode) noexcept {
  HEVCPOOL_REAL(mkdir);
  return carry_out(judge_path(kMakeFolder, path), [&] { return next(path, mode); });
}
HEVCPOOL_EXPORT int fchmod(int fd, mode_t mode) noexcept {
  HEVCPOOL_REAL(fchmod);
  return carry_out(judge_fd(kAttribute, fd), [&] { return next(fd, mode); });
}
HEVCPOOL_EXPORT int futimens(int fd, const timespec times[2]) noexcept {
  HEVCPOOL_REAL(futimens);
  return carry_out(judge_fd(kAttribute, fd), [&] { return next(fd, times); });
}
HEVCPOOL_EXPORT pid_t fork() noexcept {
  HEVCPOOL_REAL(fork);
  if (plan == nullptr || !(plan->calls & kFork)) return next();
  return carry_out(judge(), [&] { return next(); });
}

namespace {

// Seconds that a wall clock is to be wrong by.
time_t clock_error() {
  if (plan == nullptr || !(plan->calls & kClock) || judge() != Verdict::fail) return 0;
  plan->fired.fetch_add(1);
  return plan->error;
}
bool is_wall_clock(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

}  // namespace

HEVCPOOL_EXPORT int clock_gettime(clockid_t clock, timespec* now) noexcept {
  HEVCPOOL_REAL(clock_gettime);
  const int result = next(clock, now);
  if (result == 0 && is_wall_clock(clock)) now->tv_sec += clock_error();
  return result;
}
HEVCPOOL_EXPORT int gettimeofday(timeval* now, void* zone) noexcept {
  HEVCPOOL_REAL(gettimeofday);
  const int result = next(now, zone);
  if (result == 0) now->tv_sec += clock_error();
  return result;
}
HEVCPOOL_EXPORT time_t time(time_t* place) noexcept {
  HEVCPOOL_REAL(time);
  const time_t now = next(nullptr) + clock_error();
  if (place) *place = now;
  return now;
}

namespace {

// open and openat take the mode only with a flag that makes files.
mode_t mode_of(int flags, va_list arguments) {
  return flags & (O_CREAT | O_TMPFILE) ? static_cast<mode_t>(va_arg(arguments, unsigned)) : 0;
}
Verdict judge_open(const char* path, int flags) {
  return flags & (O_WRONLY | O_RDWR | O_CREAT) ? judge_path(kOpen, path) : Verdict::pass;
}

}  // namespace

#define HEVCPOOL_OPEN(name)                                                            \
  HEVCPOOL_EXPORT int name(const char* path, int flags, ...) {                         \
    HEVCPOOL_REAL(name);                                                               \
    va_list arguments;                                                                 \
    va_start(arguments, flags);                                                        \
    const mode_t mode = mode_of(flags, arguments);                                     \
    va_end(arguments);                                                                 \
    return carry_out(judge_open(path, flags), [&] { return next(path, flags, mode); }); \
  }
HEVCPOOL_OPEN(open)
HEVCPOOL_OPEN(open64)
