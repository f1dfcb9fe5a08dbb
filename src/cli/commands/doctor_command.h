// SPDX-License-Identifier: GPL-2.0-or-later
// `hevcpool doctor`: what this machine gives: processors, libraries, and how far workers can be confined.
#pragma once

namespace hevcpool::cli {

// `argv[0]` is the subcommand's name. Returns the exit code: 1 when a layer of confinement is missing.
int doctor_command(int argc, const char* const* argv);

}  // namespace hevcpool::cli
