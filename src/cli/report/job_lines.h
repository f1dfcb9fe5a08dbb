// SPDX-License-Identifier: GPL-2.0-or-later
// The lines that people read about a finished job, and about confinement. Pure functions; names are made printable here.
#pragma once

#include "cli/report/outcome.h"

#include <hevcpool/sandbox.h>

#include <string>

namespace hevcpool::cli {

// "done: a.mp4 → a.hevc.mp4 (240 frames, 3.1 s, 38 %)", "failed: x.mp4: decode: no frame could be decoded"
std::string job_line(const Outcome& outcome);

// What a kernel that cannot confine fully leaves open: said once, with the end of its line. Empty where nothing is
// missing, and for users who asked for no confinement: they know.
std::string sandbox_notice(const SandboxReport& sandbox);

// The library's last words on a failure, indented, each on a line of its own with its end; empty if there are none.
std::string log_lines(const JobError& error);

}  // namespace hevcpool::cli
