// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/options/parse_exit.h"

#include "cli/term/exit_code.h"
#include "cli/term/output.h"

#include <unistd.h>

namespace hevcpool::cli {

int say(const ParseExit& away) {
  Output output(away.exit_code == kExitDone ? STDOUT_FILENO : STDERR_FILENO);
  output.write(away.text);
  output.drain(kDrainSeconds);
  return away.exit_code;
}

}  // namespace hevcpool::cli
