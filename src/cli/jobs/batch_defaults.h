// SPDX-License-Identifier: GPL-2.0-or-later
// Fields of jobs that the jobs themselves need not have: from a file, and from the command line. Values; any thread.
#pragma once

#include "base/error.h"

#include <hevcpool/tasks.h>

#include <map>
#include <string>

namespace hevcpool::cli {

struct Defaults {
  std::string json = {};                          // as parse_task() takes it; empty: none
  std::string file = {};                          // where they come from
  std::map<std::string, std::size_t> lines = {};  // of "thumbnail" and "thumbnail.width"; of TOML
};

// JSON, or TOML where the name ends so ([thumbnail] then width = 320; [all] for every task).
Expected<Defaults> read_defaults(const std::string& name, const std::string& text);

// The same with the limits that the command line gives, for jobs that have none of their own.
Defaults with_limits(Defaults defaults, const Limits& limits);

// What `wrong` says of the request (JSON text), if not the request but a default is to blame:
// "d.toml: line 3: thumbnail.width: must be a whole number". Else empty.
std::string blame(const Defaults& defaults, const std::string& request, const FieldError& wrong);

}  // namespace hevcpool::cli
