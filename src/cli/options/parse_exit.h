// SPDX-License-Identifier: GPL-2.0-or-later
// What a command line may come to instead of work: help, or an error of usage.
#pragma once

#include <string>

namespace hevcpool::cli {

// There is nothing to run: `text` is to be shown, and the program ends with `exit_code`.
struct ParseExit {
  int exit_code = 0;
  std::string text;
};

// Prints it, an error on standard error. Returns the exit code.
int say(const ParseExit& away);

}  // namespace hevcpool::cli
