// SPDX-License-Identifier: GPL-2.0-or-later
// Signals by name, and the state in which a forked process starts. No state.
#pragma once

#include <csignal>
#include <memory>
#include <string>

namespace hevcpool::pool {

// "SIGSEGV", or "signal 40" for one without a name.
std::string signal_name(int signal);
// What a worker died of, from its wait status: "SIGKILL", "exit 3".
std::string exit_code_name(int wait_status);
// The same as a sentence for people.
std::string exit_sentence(int wait_status);

// Blocks every signal for as long as it lives, so that none is handled in a child by a handler of the parent.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  sigset_t before_;
};

// Every handler back to its default and no signal blocked: what a child has from its parent is not its own.
void reset_signals();
void ignore_signal(int signal);

// From now on a process that dies of its own fault writes the signal's name and a backtrace to standard error
// first. Keep what it returns, the stack on which that is done, for as long as the process lives.
std::unique_ptr<char[]> report_crashes();

}  // namespace hevcpool::pool
