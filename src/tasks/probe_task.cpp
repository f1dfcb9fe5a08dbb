// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe/probe.h"

#include "tasks/small_task.h"

namespace hevcpool::tasks {

TaskResult probe_task(TaskContext& context) {
  return run_small<Probe>(context, 1, [&](const SmallArgument&, const Probe& request) {
    return media::probe({.source = context.descriptors()[0],
                         .name = request.input,
                         .frames = request.frames,
                         .keyframes = request.keyframes,
                         .cancelled = [&context] { return context.cancelled(); }});
  });
}

TaskResult probe_loop_task(TaskContext& context) {
  const auto paths = nlohmann::json::parse(context.argument(), nullptr, false);
  if (!paths.is_array()) return TaskError{"request", "bad_argument", "a list of names is needed", {}};
  std::vector<std::string> names;
  for (const auto& path : paths)
    if (path.is_string()) names.push_back(path.get<std::string>());
  return std::to_string(media::read_headers(names));
}

}  // namespace hevcpool::tasks
