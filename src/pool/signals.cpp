// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/signals.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>

namespace hevcpool::pool {

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string exit_code_name(int wait_status) {
  if (WIFSIGNALED(wait_status)) return signal_name(WTERMSIG(wait_status));
  return fmt::format("exit {}", WEXITSTATUS(wait_status));
}

std::string exit_sentence(int wait_status) {
  if (!WIFSIGNALED(wait_status)) return fmt::format("the worker exited with status {}", WEXITSTATUS(wait_status));
  const int signal = WTERMSIG(wait_status);
  const char* meaning = signal == SIGKILL ? "killed from outside, perhaps for want of memory" : sigdescr_np(signal);
  return fmt::format("the worker died of {} ({})", signal_name(signal), meaning ? meaning : "unknown");
}

void reset_signals() {
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &standard, nullptr);  // KILL and STOP refuse
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void ignore_signal(int signal) {
  struct sigaction ignored{};
  ignored.sa_handler = SIG_IGN;
  ::sigaction(signal, &ignored, nullptr);
}

}  // namespace hevcpool::pool
