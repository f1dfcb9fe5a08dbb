// SPDX-License-Identifier: GPL-2.0-or-later
// Measures a task, if it is to be measured: everything between begin and end, on this thread. What was measured goes
// into the job's last descriptor, which is not the task's own then; also when the task fails.
#pragma once

#include "profile/task_profile.h"

#include <hevcpool/encode.h>
#include <hevcpool/task.h>

#include <optional>
#include <span>

namespace hevcpool::tasks {

class Measured {
 public:
  Measured(const Measure& measure, TaskContext& context);
  ~Measured();
  Measured(const Measured&) = delete;
  Measured& operator=(const Measured&) = delete;

  // Those of the task, without the one for the measurement.
  std::span<const int> descriptors() const { return descriptors_; }

 private:
  std::span<const int> descriptors_;
  int file_ = -1;
  std::optional<profile::TaskProfile> profile_;
};

}  // namespace hevcpool::tasks
