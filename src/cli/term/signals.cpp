// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hevcpool::cli {
namespace {

bool is_ignored(int signal) {
  struct sigaction action{};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Expected<Signals> Signals::create() {
  sigset_t wanted, before;
  ::sigemptyset(&wanted);
  for (const int signal : {SIGINT, SIGTERM, SIGQUIT, SIGTSTP, SIGWINCH}) ::sigaddset(&wanted, signal);
  if (!is_ignored(SIGHUP)) ::sigaddset(&wanted, SIGHUP);
  if (::sigprocmask(SIG_BLOCK, &wanted, &before) != 0) return fail_errno("pool", "sigprocmask", errno);
  for (const int signal : {SIGPIPE, SIGXFSZ}) ::signal(signal, SIG_IGN);  // errors of the write
  UniqueFd fd(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd.valid()) return fail_errno("pool", "signalfd", errno);
  return Signals(std::move(fd), before);
}

Signals::~Signals() {
  if (fd_.valid()) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> Signals::take() {
  signalfd_siginfo info{};
  if (::read(fd_.get(), &info, sizeof info) != sizeof info) return std::nullopt;
  return static_cast<int>(info.ssi_signo);
}

void sleep_with_workers(Pool& pool) {
  pool.pause();
  ::raise(SIGSTOP);
  pool.resume();
}

}  // namespace hevcpool::cli
