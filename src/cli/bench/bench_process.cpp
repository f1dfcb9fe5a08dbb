// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_process.h"

#include "base/unique_fd.h"
#include "cli/bench/process_tree.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <string_view>


namespace hevcpool::cli {
namespace {

// A file without a name that holds `text`, read from its beginning.
UniqueFd file_with(std::string_view text) {
  UniqueFd fd(::memfd_create("bench", MFD_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), text.data(), text.size()) < 0 || ::lseek(fd.get(), 0, SEEK_SET) < 0) fd.reset();
  return fd;
}

std::string last_words(int fd) {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  char text[2000];
  const auto count = ::pread(fd, text, sizeof text, std::max<off_t>(0, size - static_cast<off_t>(sizeof text)));
  return std::string(text, count > 0 ? static_cast<std::size_t>(count) : 0);
}

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); }

Expected<pid_t> start(const Command& command, int in, int err) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  std::vector<char*> words;
  for (const std::string& word : command.words) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  pid_t pid = -1;
  const int problem = ::posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (problem != 0) return fail_errno("bench", command.words[0], problem);
  return pid;
}

// Until the process ends; the most memory that was seen.
double watch_memory(pid_t pid) {
  constexpr int kMilliseconds = 50;
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  double most = 0;
  pollfd ended{process.get(), POLLIN, 0};
  while (process.valid() && ::poll(&ended, 1, kMilliseconds) == 0) most = std::max(most, tree_memory(pid));
  return most;
}

}  // namespace

Expected<Measured> measure(const Command& command, Watch watch) {
  const UniqueFd in = file_with(command.input), err = file_with("");
  if (!in.valid() || !err.valid()) return fail_errno("bench", "memfd", errno);
  const auto began = std::chrono::steady_clock::now();
  HEVCPOOL_ASSIGN(const pid_t pid, start(command, in.get(), err.get()));
  const double memory = watch == Watch::memory ? watch_memory(pid) : 0;
  int status = 0;
  rusage usage{};
  while (::wait4(pid, &status, 0, &usage) < 0 && errno == EINTR) {}
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail("bench", "peer_failed", fmt::format("{} failed: {}", command.words[0], last_words(err.get())));
  return Measured{wall.count(), seconds(usage.ru_utime) + seconds(usage.ru_stime), memory, last_words(err.get())};
}

std::string find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : "";
  const char* listed = std::getenv("PATH");
  std::string_view path = listed ? listed : "/usr/bin:/bin";
  while (!path.empty()) {
    const auto colon = path.find(':');
    std::string candidate = std::string(path.substr(0, colon)) + "/" + program;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(colon == std::string_view::npos ? path.size() : colon + 1);
  }
  return {};
}

}  // namespace hevcpool::cli
