// SPDX-License-Identifier: GPL-2.0-or-later
// What `--dry-run` shows: for each input the name of its output and what becomes of every stream, in the order of
// the inputs.
#pragma once

#include "cli/term/output.h"
#include "cli/report/reporter.h"
#include "plan/paths/request.h"

#include <hevcpool/pool.h>

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

// Inspects every job; returns the exit code. An interrupt ends it.
int dry_run(Pool& pool, class Signals& signals, const std::vector<plan::PlannedJob>& jobs, const ReportStyle& style,
            Output& out);

// The plan of one job for people, from the JSON text of the pool's answer.
std::string plan_text(std::string_view body);

}  // namespace hevcpool::cli
