// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/probe.h"

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

}  // namespace hevcpool::tasks
