// SPDX-License-Identifier: GPL-2.0-or-later
// The layers that bind the process itself: privileges it can never gain (back), and resources it cannot exceed.
#pragma once

#include "sandbox/confinement.h"

#include <cstdint>

namespace hevcpool::sandbox {

struct ResourceLimits {
  std::uint64_t open_files = 0;
  std::uint64_t address_space_bytes = 0;  // 0: as it is
  std::uint64_t cpu_seconds = 0;          // 0: as it is
};

// Limits apply to what comes later: descriptors already open stay open. No limit is ever raised.
Layer limit_resources(const ResourceLimits& limits);

// Empties every capability set: root keeps its user id, and with it the files that it owns, and nothing more.
Layer drop_capabilities();

Layer forbid_new_privileges();

}  // namespace hevcpool::sandbox
