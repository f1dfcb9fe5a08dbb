// SPDX-License-Identifier: GPL-2.0-or-later
#include "faults/program.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

namespace hevcpool::faults {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kTimeToVanish = std::chrono::seconds(60);  // the grace period, on a busy machine

std::string contents(int fd) {
  std::string text;
  std::array<char, 65536> buffer{};
  off_t at = 0;
  ssize_t count = 0;
  while ((count = ::pread(fd, buffer.data(), buffer.size(), at)) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
    at += count;
  }
  return text;
}

// Another build of it may be named, such as one with sanitizers.
const char* program_path() {
  const char* named = std::getenv("HEVCPOOL_PROGRAM");
  return named ? named : HEVCPOOL_PROGRAM;
}

[[noreturn]] void become(const Program& program, int out, int err) {
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  if (program.close_stdout) ::close(STDOUT_FILENO);
  for (const auto& [name, value] : program.environment) ::setenv(name.c_str(), value.c_str(), 1);
  if (program.in_child) program.in_child();
  std::vector<char*> arguments{const_cast<char*>(program_path())};
  for (const std::string& argument : program.arguments) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  ::execv(program_path(), arguments.data());
  ::_exit(127);
}

bool ended_within(int process, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd waiting{process, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>(std::max<long>(left, 0)));
    if (ready > 0) return true;
    if (ready == 0) return false;
  }
}

// Everything below the program becomes our child when the program ends. Waits for each, kills what stays.
int reap_the_rest() {
  const auto end = Clock::now() + kTimeToVanish;
  int orphans = 0;
  for (;;) {
    siginfo_t info{};
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG) != 0) return orphans;
    if (info.si_pid != 0) continue;
    if (Clock::now() < end) {
      ::poll(nullptr, 0, 5);
      continue;
    }
    // Whatever is left is a child of ours: name each by the kernel's list.
    const UniqueFd list(::open(fmt::format("/proc/self/task/{}/children", ::getpid()).c_str(), O_RDONLY | O_CLOEXEC));
    std::istringstream pids(contents(list.get()));
    for (pid_t pid = 0; pids >> pid; ++orphans) ::kill(pid, SIGKILL);
    if (orphans == 0) ++orphans;
    while (::waitid(P_ALL, 0, &info, WEXITED) == 0) {
    }
    return orphans;
  }
}

void note_end(Finished& finished, int status) {
  if (WIFSIGNALED(status)) finished.signal = WTERMSIG(status);
  if (WIFEXITED(status)) finished.status = WEXITSTATUS(status);
}

}  // namespace

Finished run(const Program& program) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const UniqueFd out(::memfd_create("out", MFD_CLOEXEC)), err(::memfd_create("err", MFD_CLOEXEC));
  const auto begin = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) become(program, out.get(), err.get());
  const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
  if (program.meanwhile) program.meanwhile(child);
  Finished finished;
  finished.hung = !ended_within(process.get(), program.deadline);
  if (finished.hung) ::kill(child, SIGKILL);
  int status = 0;
  ::waitpid(child, &status, 0);
  note_end(finished, status);
  finished.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  finished.orphans = reap_the_rest();
  finished.out = contents(out.get());
  finished.err = contents(err.get());
  return finished;
}

std::vector<nlohmann::json> Finished::events() const {
  std::vector<nlohmann::json> found;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);)
    if (auto event = nlohmann::json::parse(line, nullptr, false); event.is_object()) found.push_back(std::move(event));
  return found;
}

std::vector<nlohmann::json> Finished::events(const char* kind) const {
  auto all = events();
  std::erase_if(all, [&](const nlohmann::json& event) { return event.value("event", "") != kind; });
  return all;
}

std::string Finished::describe() const {
  return fmt::format("exit {} signal {}{} after {:.1f} s, {} left over\n{}{}", status, signal, hung ? " HUNG" : "",
                     seconds, orphans, out.substr(0, 3000), err.substr(0, 2000));
}

}  // namespace hevcpool::faults
