// SPDX-License-Identifier: GPL-2.0-or-later
// What the program's exit status says. Scripts depend on these numbers.
#pragma once

namespace hevcpool::cli {

inline constexpr int kExitDone = 0;      // everything is done, or rightly skipped
inline constexpr int kExitFailed = 1;    // at least one job failed
inline constexpr int kExitUsage = 2;     // the request made no sense; nothing was started
inline constexpr int kExitSignal = 128;  // plus the number of the signal that stopped it

}  // namespace hevcpool::cli
