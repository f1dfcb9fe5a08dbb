// SPDX-License-Identifier: GPL-2.0-or-later
// A task that behaves as an intruder who has taken over a worker would. Only the tests contain it. Each attempt
// has a name; its outcome is a text: "ok" where the attempt went through, else the name of errno.
#pragma once

#include <hevcpool/task.h>

namespace hevcpool::sandbox {

// "canary" {attempt, other_source, folder, workers, supervisor} returns the outcome as a JSON string.
// "bystander" reads its descriptor to the end and returns true: an innocent job that runs meanwhile.
// "echo" returns its argument.
TaskTable canary_tasks();

}  // namespace hevcpool::sandbox
