// SPDX-License-Identifier: GPL-2.0-or-later
// The seccomp allow-list of a worker (made with libseccomp).
#pragma once

#include "sandbox/confinement.h"

namespace hevcpool::sandbox {

struct FilterOptions {
  bool write_by_path = false;  // another layer decides on paths; otherwise files open for reading only
};

// Binds the process, all its threads and everything they make, for good.
Layer filter_system_calls(const FilterOptions& options);

}  // namespace hevcpool::sandbox
