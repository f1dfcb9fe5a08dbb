// SPDX-License-Identifier: GPL-2.0-or-later
// Errors of jobs as values and as JSON, and why a job was skipped. Pure.
#pragma once

#include "base/error.h"

#include <hevcpool/encode.h>
#include <hevcpool/result.h>

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hevcpool::host {

// A rule says that the job need not be done.
struct Skip {
  SkipReason code = SkipReason::output_exists;
  std::string reason;       // for people
  std::string output = {};  // of output_exists and replaced_before: the path
};

JobError job_error(const Error& error);

// {kind, stage, code, message}, and frame and log where there are any.
nlohmann::json error_json(const JobError& error);

}  // namespace hevcpool::host
