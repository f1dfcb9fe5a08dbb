// SPDX-License-Identifier: GPL-2.0-or-later
// The clock that runs are timed by. Any thread.
#pragma once

#include <chrono>

namespace hevcpool {

// Seconds of the steady clock: of use only as differences.
inline double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace hevcpool
