// SPDX-License-Identifier: GPL-2.0-or-later
// A request on its way to a pool.
#pragma once

#include "base/error.h"

#include <hevcpool/tasks.h>

#include <optional>

namespace hevcpool::cli {

struct PlannedTask {
  AnyTask task;
  std::optional<Error> problem;   // known to fail already
  bool found = false;             // its input by a walk or in a list; else it was named
};

}  // namespace hevcpool::cli
