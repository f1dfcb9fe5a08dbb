// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool profile`: where the time of an encode goes.
#pragma once

namespace hevcpool::cli {

// argv[0] is the subcommand's own name. Returns the exit code.
int profile_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
