// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/output.h"

#include "cli/term/exit_code.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>

namespace hevcpool::cli {

void Output::write(std::string_view text) {
  if (error_ != 0) return;
  pending_ += text;
  flush();
}

// After POLLOUT a pipe takes PIPE_BUF bytes without blocking; the descriptor's own flags are shared with other
// processes and stay as they are.
void Output::flush() {
  while (!pending_.empty() && error_ == 0 && ready(0)) {
    const ssize_t written = ::write(fd_, pending_.data(), std::min<std::size_t>(pending_.size(), PIPE_BUF));
    if (written >= 0) {
      pending_.erase(0, static_cast<std::size_t>(written));
    } else if (errno != EINTR && errno != EAGAIN) {
      error_ = errno;
      pending_.clear();
    }
  }
}

void Output::drain(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  for (flush(); !pending_.empty() && std::chrono::steady_clock::now() < deadline; flush()) ready(50);
}

int finish_outputs(std::string_view command, Output& out, Output& err, int code) {
  const bool complete = out.finish();
  if (!complete) {
    const char* reason = out.error() != 0 ? strerrordesc_np(out.error()) : nullptr;
    err.write(fmt::format("{}: standard output: {}: not everything could be told\n", command,
                          reason ? reason : "nobody reads it"));
  }
  err.drain(1);
  return complete || code != kExitDone ? code : kExitFailed;
}

void occupy_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) static_cast<void>(::open("/dev/null", O_RDONLY));
}

bool Output::is_terminal() const { return ::isatty(fd_) == 1; }

bool Output::ready(int milliseconds) const {
  pollfd each{fd_, POLLOUT, 0};
  return ::poll(&each, 1, milliseconds) > 0;
}

}  // namespace hevcpool::cli
