// SPDX-License-Identifier: GPL-2.0-or-later
// The folders in which workers keep what they need for a moment: one for each pool, in it one for each worker.
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace hevcpool::pool {

// A name nobody can foresee, in $TMPDIR or /tmp.
std::string new_scratch_root();
std::string scratch_folder_of(const std::string& root, int slot);

// Makes the folder and locks it for as long as the descriptor is open: so others see that it is in use, whatever
// process ids mean to them. An invalid descriptor when it cannot be had.
UniqueFd hold_scratch_root(const std::string& root);
// Removes the folders beside `root` that belong to this user, that nobody holds, and that are older than a minute: those
// of pools whose processes were all killed at once.
void remove_abandoned_scratch(const std::string& root);

}  // namespace hevcpool::pool
