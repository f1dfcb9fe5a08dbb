// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/signals.h"

#include <execinfo.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace hevcpool::pool {
namespace {

constexpr int kFrames = 48;

void write_text(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;
}

// Only what may be done in a handler: no memory is allocated. The disposition is the default again by now.
void on_crash(int signal) {
  void* frames[kFrames];
  write_text("died of SIG");
  const char* name = sigabbrev_np(signal);
  write_text(name ? name : "?");
  write_text(", backtrace:\n");
  ::backtrace_symbols_fd(frames, ::backtrace(frames, kFrames), STDERR_FILENO);
  ::raise(signal);
}

}  // namespace

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

std::unique_ptr<char[]> report_crashes() {
  constexpr std::size_t kStack = 64 * 1024;
  auto memory = std::make_unique<char[]>(kStack);  // so that a stack overflow can be reported too
  stack_t stack{};
  stack.ss_sp = memory.get();
  stack.ss_size = kStack;
  ::sigaltstack(&stack, nullptr);
  void* frame;
  ::backtrace(&frame, 1);  // loads now what could not be loaded in a handler
  struct sigaction action{};
  action.sa_handler = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER | SA_ONSTACK);
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS}) ::sigaction(signal, &action, nullptr);
  return memory;
}

}  // namespace hevcpool::pool
