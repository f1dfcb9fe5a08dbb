// SPDX-License-Identifier: GPL-2.0-or-later
// From the inputs of a subcommand to its tasks: one prototype, given each input and its output in turn, checked.
#pragma once

#include "cli/run/task_run.h"

#include <functional>

namespace hevcpool::cli {

// `set` puts the input's and the output's names into a copy of the prototype. Fails where the request is wrong.
template <class Request>
Expected<std::vector<PlannedTask>> tasks_from(const std::vector<TaskInput>& inputs, Request prototype,
                                              const TaskOptions& options,
                                              const std::function<void(Request&, const TaskInput&)>& set) {
  std::vector<PlannedTask> out;
  prototype.limits = options.limits;
  if constexpr (requires { prototype.overwrite; }) prototype.overwrite = options.overwrite;
  for (const TaskInput& input : inputs) {
    Request request = prototype;
    request.input = input.path;
    set(request, input);
    if (const auto wrong = validate(AnyTask(request)))
      return fail("usage", "bad_option", wrong->field.empty() ? wrong->message : wrong->field + ": " + wrong->message);
    out.push_back({std::move(request), input.problem, !input.named});
  }
  return out;
}

}  // namespace hevcpool::cli
