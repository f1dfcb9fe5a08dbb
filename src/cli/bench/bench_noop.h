// SPDX-License-Identifier: GPL-2.0-or-later
// What the pool itself costs: jobs that do nothing, through two workers, beside Python's process pool.
#pragma once

#include "base/error.h"

#include <optional>

namespace hevcpool::cli {

struct NoopFigures {
  double jobs_per_second = 0;         // one submit() and one result each
  double mapped_per_second = 0;       // through map(), many to a message
  double python_per_second = 0;       // ProcessPoolExecutor(2).submit; 0: not installed
  double start_microseconds = 0;      // median, from submit() to the task's first instruction on an idle worker
};

// Forks a pool of its own: call it while the process has one thread.
Expected<NoopFigures> measure_noop(unsigned jobs);

}  // namespace hevcpool::cli
