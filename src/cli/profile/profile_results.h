// SPDX-License-Identifier: GPL-2.0-or-later
// What `profile` shows and writes of its runs.
#pragma once

#include "base/error.h"
#include "cli/profile/profile_options.h"
#include "cli/profile/profile_run.h"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hevcpool::cli {

// One run: its table. Several: the comparison; or the points of a sweep.
std::string text_of(const std::vector<nlohmann::json>& runs, bool is_sweep);

// The files that were asked for. `last` is the run behind the only document, for trace and flame graph.
Expected<void> write_results(const ProfileArguments& arguments, const std::vector<nlohmann::json>& runs,
                             const ProfiledRun& last);

// The runs of a file that --json wrote.
Expected<std::vector<nlohmann::json>> load_runs(const std::string& path);
Expected<void> write_file(const std::string& path, std::string_view text);

}  // namespace hevcpool::cli
