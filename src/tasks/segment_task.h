// SPDX-License-Identifier: GPL-2.0-or-later
// A film in segments, as tasks of a worker. Their arguments and answers are in tasks/encode_json.h.
//
//   index     [source, read-only]                                where it may be cut
//   segment   [source, read-only; segment file, read-write]       one segment encoded
//   reuse_segment [segment file, read-only]                           what a finished segment says of itself
//   assemble  [source, read-only; target, read-write; segment files...]  the segments put together with all the rest
#pragma once

#include <hevcpool/task.h>

namespace hevcpool::tasks {

TaskResult index_task(TaskContext& context);
TaskResult segment_task(TaskContext& context);
TaskResult reuse_segment_task(TaskContext& context);
TaskResult assemble_task(TaskContext& context);

}  // namespace hevcpool::tasks
