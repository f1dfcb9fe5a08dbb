// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool bench`: this machine, ours beside what else is installed.
#pragma once

namespace hevcpool::cli {

// argv[0] is the subcommand's own name. Returns the exit code.
int bench_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
