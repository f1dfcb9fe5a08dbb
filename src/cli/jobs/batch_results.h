// SPDX-License-Identifier: GPL-2.0-or-later
// What an earlier run of a batch left in its results, to go on from there.
#pragma once

#include <hevcpool/tasks.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

// Equal for equal requests, whatever limits they run under.
std::string key_of(const AnyTask& task);

// What succeeded or was skipped: the files that it made, by key.
using DoneJobs = std::map<std::string, std::vector<std::string>>;
// From lines of JSON; what is none is passed over: the last one may be torn.
DoneJobs done_jobs(std::string_view results);
// Whether it need not be done again: what it made is there.
bool is_done(const DoneJobs& done, const AnyTask& task);

}  // namespace hevcpool::cli
