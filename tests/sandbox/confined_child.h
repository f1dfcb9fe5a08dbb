// SPDX-License-Identifier: GPL-2.0-or-later
// Runs a function in a forked child, where it may confine itself and try things, and tells what became of it.
// The child ends with _exit() or by a signal; it never returns to the test. A child that hangs is killed.
#pragma once

#include "sandbox/sandbox.h"

#include <functional>
#include <string>

namespace hevcpool::sandbox {

struct ChildOutcome {
  int signal = 0;    // that ended the child; 0 when it exited
  int status = -1;   // its exit status
  std::string said;  // what `attempt` returned; empty when it never came back
};

ChildOutcome in_child(const std::function<std::string()>& attempt);
// The same after confine(options).
ChildOutcome in_confined_child(const std::function<std::string()>& attempt, const SandboxOptions& options = {});
// The same as the user "nobody", when the test runs as root; as whoever runs it, otherwise.
ChildOutcome as_nobody(const std::function<std::string()>& attempt, const SandboxOptions& options = {});

// "ok", or the name of errno: for attempts that end in one system call.
std::string outcome_of(long returned);

}  // namespace hevcpool::sandbox
