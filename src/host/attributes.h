// SPDX-License-Identifier: GPL-2.0-or-later
// What an output inherits from its source besides content: owner, mode, extended attributes, times.
#pragma once

#include "base/error.h"

#include <sys/stat.h>

#include <string>
#include <vector>

namespace hevcpool::host {

// Prefix of the attributes that are about this program's work and are never inherited.
inline constexpr const char* kOwnAttributes = "user.hevcpool.";

// `status` is the source's when it was opened first: reading it since may have changed the time of last access.
// Returns the names of the extended attributes that the target's file system refused.
Expected<std::vector<std::string>> inherit_attributes(int source, const struct stat& status, int target);

}  // namespace hevcpool::host
