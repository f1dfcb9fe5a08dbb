// SPDX-License-Identifier: GPL-2.0-or-later
#include "e2e/running.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace hevcpool::e2e {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr auto kTimeToVanish = std::chrono::seconds(60);  // the grace period, on a busy machine

std::vector<pid_t> children_of(pid_t pid) {
  std::ifstream list("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

struct Ends {
  UniqueFd read, write;
};

Ends make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Ends make_terminal() {
  int master = -1, slave = -1;
  winsize size{24, 100, 0, 0};
  if (::openpty(&master, &slave, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty");
  ::fcntl(master, F_SETFD, FD_CLOEXEC);
  return {UniqueFd(master), UniqueFd(slave)};
}

// Another build of it may be named, such as one with sanitizers.
const char* program_path() {
  const char* named = std::getenv("HEVCPOOL_PROGRAM");
  return named ? named : HEVCPOOL_PROGRAM;
}

[[noreturn]] void become(const std::vector<std::string>& arguments, int out, int err, bool terminal) {
  ::setsid();
  if (terminal) ::ioctl(out, TIOCSCTTY, 0);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(err, STDERR_FILENO);
  ::setenv("TERM", "xterm", 1);
  std::vector<char*> words{const_cast<char*>(program_path())};
  for (const std::string& argument : arguments) words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  ::execv(program_path(), words.data());
  ::_exit(127);
}

// Appends what can be read now; closes the descriptor at its end.
void take(UniqueFd& fd, std::string& text) {
  char part[16384];
  const ssize_t count = ::read(fd.get(), part, sizeof part);
  if (count > 0) text.append(part, static_cast<std::size_t>(count));
  else if (count == 0 || errno != EINTR) fd.reset();  // a terminal whose other end is gone says EIO
}

milliseconds left_until(Clock::time_point end) {
  return std::max(milliseconds(0), std::chrono::duration_cast<milliseconds>(end - Clock::now()));
}

}  // namespace

Running::Running(const std::vector<std::string>& arguments, Screen screen) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const bool terminal = screen == Screen::terminal;
  Ends out = terminal ? make_terminal() : make_pipe(), err = terminal ? Ends() : make_pipe();
  pid_ = ::fork();
  if (pid_ == 0) become(arguments, out.write.get(), terminal ? out.write.get() : err.write.get(), terminal);
  if (pid_ < 0) throw std::runtime_error("fork");
  process_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  out_fd_ = std::move(out.read);
  err_fd_ = std::move(err.read);
}

Running::~Running() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

// False once there is nothing more to read, or nothing came in time.
bool Running::read_some(milliseconds limit) {
  pollfd ready[] = {{out_fd_.get(), POLLIN, 0}, {err_fd_.get(), POLLIN, 0}};
  if (!out_fd_.valid() && !err_fd_.valid()) return false;
  if (::poll(ready, 2, static_cast<int>(limit.count())) <= 0) return false;
  if (ready[0].revents) take(out_fd_, out_);
  if (ready[1].revents) take(err_fd_, err_);
  return true;
}

bool Running::wait_for(const std::string& text, milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  while (out_.find(text) == std::string::npos && err_.find(text) == std::string::npos)
    if (!read_some(left_until(end))) return false;
  return true;
}

void Running::watch(milliseconds time) {
  const auto end = Clock::now() + time;
  while (left_until(end).count() > 0 && read_some(left_until(end))) {}
}

void Running::send(int signal) const { ::kill(pid_, signal); }

End Running::wait(milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  while (read_some(left_until(end))) {}
  pollfd over{process_.get(), POLLIN, 0};
  End result;
  result.hung = ::poll(&over, 1, static_cast<int>(left_until(end).count())) <= 0;
  if (result.hung) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  else result.signal = WTERMSIG(status);
  return result;
}

pid_t Running::supervisor() const {
  const auto children = children_of(pid_);
  return children.empty() ? 0 : children.front();
}

std::vector<pid_t> Running::workers() const { return supervisor() ? children_of(supervisor()) : std::vector<pid_t>(); }

Ran run(const std::vector<std::string>& arguments) {
  Running program(arguments);
  const End end = program.wait();
  return {end.hung ? -1 : end.exit_code, program.out(), program.err()};
}

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int orphans() {
  const auto end = Clock::now() + kTimeToVanish;
  for (;;) {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {}
    const auto children = children_of(::getpid());
    if (children.empty()) return 0;
    if (left_until(end).count() == 0) {
      for (const pid_t child : children) ::kill(child, SIGKILL);
      while (::waitpid(-1, nullptr, 0) > 0) {}
      return static_cast<int>(children.size());
    }
    const UniqueFd process(static_cast<int>(::syscall(SYS_pidfd_open, children.front(), 0)));
    pollfd over{process.get(), POLLIN, 0};
    ::poll(&over, 1, static_cast<int>(left_until(end).count()));
  }
}

}  // namespace hevcpool::e2e
