// SPDX-License-Identifier: GPL-2.0-or-later
// Pages for a browser: one file each, with everything in it, that asks for nothing from any network. The page holds
// the JSON that it shows, in the element "data"; its script computes nothing that is not in there. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hevcpool::profile {

// Documents of profile/run.h: one run, several to compare, or the points of a sweep.
std::string runs_page(const std::vector<nlohmann::json>& runs, bool is_sweep);

// A batch: {"workers", "seconds", "ok", "failed", "skipped", "cancelled", "bytes_in", "bytes_out", "fps",
// "idle_share", "jobs": [{input, output, status, reason, error, frames, seconds, bytes_in, bytes_out, attempts}],
// "steps": [{job, name, worker, begin, end, ok}]}; times in seconds from its begin.
std::string batch_page(const nlohmann::json& batch);

}  // namespace hevcpool::profile
