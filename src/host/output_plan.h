// SPDX-License-Identifier: GPL-2.0-or-later
// Which files a request of one step reads and makes, and under which names. Names only; no file is touched, but for
// the question whether an output is a folder.
#pragma once

#include "base/error.h"

#include <hevcpool/tasks.h>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hevcpool::host {

struct OutputPlan {
  std::vector<std::string> sources;   // opened for reading, in the order that the task expects
  std::vector<std::string> outputs;   // as far as known before it runs
  std::size_t targets = 0;            // empty files to hand over; at least as many as outputs
  std::string place;                  // a path in the folder of outputs whose names are not known yet
};

// Fills in what the request leaves to its names: the picture format, the container.
AnyTask with_names_applied(AnyTask request);
OutputPlan plan_small(const AnyTask& request);

// Whether an answer may be believed as far as the host uses it: types, and extensions that are nothing but that. It
// comes from a worker, which may have been taken over by the file that it reads.
Expected<void> check_answer(const nlohmann::json& answer);

// The names of all files made, once the task has answered; of an answer that was checked.
std::vector<std::string> final_outputs(const AnyTask& request, const OutputPlan& plan, const nlohmann::json& answer);

}  // namespace hevcpool::host
