// SPDX-License-Identifier: GPL-2.0-or-later
// What `bench` found as one HTML page with bars: no scripts, nothing to fetch. Pure.
#pragma once

#include "cli/bench/bench_report.h"

#include <string>

namespace hevcpool::cli {

std::string bench_page(const BenchFindings& findings);

}  // namespace hevcpool::cli
