// SPDX-License-Identifier: GPL-2.0-or-later
// The task `sample`: a clip made out of nothing, into descriptor 0. Argument {video, audio, quality}, answer
// {frames, bytes}.
#pragma once

#include <hevcpool/task.h>

namespace hevcpool::tasks {

TaskResult sample_task(TaskContext& context);

}  // namespace hevcpool::tasks
