// SPDX-License-Identifier: GPL-2.0-or-later
// The three steps of an encode as tasks of a worker: JSON and descriptors in, media, JSON out. Their arguments and
// answers are in tasks/encode_json.h.
//
//   inspect   [source, read-only]                    what the source holds and what would become of it
//   encode    [source, read-only; target, read-write] the source as HEVC, written into the empty target
//   verify    [target, read-only; source, read-only]  whether the target holds what the encode reported
#pragma once

#include <hevcpool/task.h>

namespace hevcpool::tasks {

TaskResult inspect_task(TaskContext& context);
TaskResult encode_task(TaskContext& context);
TaskResult verify_task(TaskContext& context);

// The tasks that every pool has: "inspect", "encode", "verify" and those of tasks/probe.h and its neighbours.
TaskTable builtin_tasks();

}  // namespace hevcpool::tasks
