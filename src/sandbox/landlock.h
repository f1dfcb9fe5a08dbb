// SPDX-License-Identifier: GPL-2.0-or-later
// The file system, TCP and signals as a worker may see them, by Landlock (Linux 5.13 and later), with the highest
// version of it that the running kernel has. Called by raw system calls: no library, and headers may be older
// than the kernel.
#pragma once

#include "sandbox/confinement.h"

#include <string>
#include <vector>

namespace hevcpool::sandbox {

struct PathRules {
  std::string scratch_folder;          // read and write below it; empty: nowhere
  std::vector<std::string> read_only;  // besides what the system's own libraries need
};

// The version of Landlock here: 1 and up, or minus the errno that says why there is none.
int landlock_version();

// Restricts this process for good. Paths that do not exist are left out, except the scratch folder, which must.
// Needs no_new_privs (or CAP_SYS_ADMIN) first.
Layer restrict_paths(const PathRules& rules);

}  // namespace hevcpool::sandbox
