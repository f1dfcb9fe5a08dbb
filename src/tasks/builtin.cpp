// SPDX-License-Identifier: GPL-2.0-or-later
#include "tasks/encode.h"

namespace hevcpool::tasks {

TaskTable builtin_tasks() {
  return {{"inspect", inspect_task}, {"encode", encode_task}, {"verify", verify_task}};
}

}  // namespace hevcpool::tasks
