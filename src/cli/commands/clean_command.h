// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool clean`: removes the work folders that nobody will go on with.
#pragma once

namespace hevcpool::cli {

// argv[0] is the subcommand's own name. Returns the exit code.
int clean_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
