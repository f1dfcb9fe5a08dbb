// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/output.h"

#include <poll.h>
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

bool Output::is_terminal() const { return ::isatty(fd_) == 1; }

bool Output::ready(int milliseconds) const {
  pollfd each{fd_, POLLOUT, 0};
  return ::poll(&each, 1, milliseconds) > 0;
}

}  // namespace hevcpool::cli
