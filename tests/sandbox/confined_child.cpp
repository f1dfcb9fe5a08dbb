// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/confined_child.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>

namespace hevcpool::sandbox {
namespace {

constexpr unsigned kDeadlineSeconds = 240;
constexpr unsigned kNobody = 65534;

[[noreturn]] void run_child(const std::function<std::string()>& attempt, int to) {
  ::alarm(kDeadlineSeconds);
  const std::string said = attempt();
  [[maybe_unused]] const auto written = ::write(to, said.data(), said.size());
  ::_exit(0);
}

std::string read_to_end(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  ssize_t count = 0;
  while ((count = ::read(fd, buffer.data(), buffer.size())) > 0)
    text.append(buffer.data(), static_cast<std::size_t>(count));
  return text;
}

std::string confine_and(const std::function<std::string()>& attempt, const SandboxOptions& options) {
  const auto confined = confine(options);
  return confined ? attempt() : "not confined: " + confined.error().message;
}

void become_nobody() {
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) std::abort();
}

}  // namespace

ChildOutcome in_child(const std::function<std::string()>& attempt) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  const pid_t child = ::fork();
  if (child == 0) run_child(attempt, writer.get());
  writer.reset();
  ChildOutcome outcome;
  outcome.said = read_to_end(reader.get());
  int status = 0;
  if (::waitpid(child, &status, 0) != child) return outcome;
  if (WIFSIGNALED(status)) outcome.signal = WTERMSIG(status);
  if (WIFEXITED(status)) outcome.status = WEXITSTATUS(status);
  return outcome;
}

ChildOutcome in_confined_child(const std::function<std::string()>& attempt, const SandboxOptions& options) {
  return in_child([&] { return confine_and(attempt, options); });
}

ChildOutcome as_nobody(const std::function<std::string()>& attempt, const SandboxOptions& options) {
  return in_child([&] {
    become_nobody();
    return confine_and(attempt, options);
  });
}

std::string outcome_of(long returned) { return returned >= 0 ? "ok" : errno_name(errno); }

}  // namespace hevcpool::sandbox
