// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool sample FOLDER`: a few clips to try things with.
#pragma once

namespace hevcpool::cli {

// argv[0] is the subcommand's own name. Returns the exit code.
int sample_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
