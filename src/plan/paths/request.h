// SPDX-License-Identifier: GPL-2.0-or-later
// A whole command as a value, and what it comes to: the jobs, in order. Every mistake in the request is found here,
// before anything starts. Reads folders and lists; writes nothing but the probe of require_writable().
#pragma once

#include "base/error.h"

#include <hevcpool/encode.h>

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::plan {

struct Request {
  std::vector<std::string> inputs;  // files, folders, @lists
  std::string output;               // -o
  Encode settings;                  // everything but input and output
  bool dry_run = false;
};

struct PlannedJob {
  Encode encode;
  std::optional<Error> problem;     // already known to fail: missing, unreadable
};

// Fails with stage "usage" or "list": nothing may be started then. `messages` (may be null) gets what the user should
// know of the outputs' names, a sentence each.
Expected<std::vector<PlannedJob>> plan_jobs(const Request& request, std::vector<std::string>* messages = nullptr);

}  // namespace hevcpool::plan
