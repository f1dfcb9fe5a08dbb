// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool encode`: videos to HEVC, in bulk.
#pragma once

namespace hevcpool::cli {

// argv[0] is the subcommand's own name. Returns the exit code.
int encode_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
