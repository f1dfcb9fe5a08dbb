// SPDX-License-Identifier: GPL-2.0-or-later
// A film in pieces, as tasks of a worker. Their arguments and answers are in tasks/encode_json.h.
//
//   index     [source, read-only]                                where it may be cut
//   segment   [source, read-only; segment file, read-write]       one piece encoded
//   recall    [segment file, read-only]                           what a finished piece says of itself
//   assemble  [source, read-only; target, read-write; segment files...]  the pieces put together with all the rest
#pragma once

#include <hevcpool/task.h>

namespace hevcpool::tasks {

TaskResult index_task(TaskContext& context);
TaskResult segment_task(TaskContext& context);
TaskResult recall_task(TaskContext& context);
TaskResult assemble_task(TaskContext& context);

}  // namespace hevcpool::tasks
