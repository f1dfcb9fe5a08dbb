// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a list of requests as a whole. Looks at the files that they name, changes nothing.
#pragma once

#include "base/error.h"
#include "cli/jobs/planned_task.h"
#include "plan/paths/file_conflicts.h"

#include <set>
#include <string>
#include <vector>

namespace hevcpool::cli {

// Of requests that are the same, and make files, one is enough: tells which come again.
class Repetitions {
 public:
  bool is_new(const AnyTask& task);

 private:
  std::set<std::string> seen_;
};

// What each reads and may make.
std::vector<plan::FilesOfJob> files_of(const std::vector<const AnyTask*>& tasks);

// Leaves one of requests that are the same. An error where one would make a file that another makes or reads; but where
// two would make one file of sources that differ in their extension, not both named, their outputs keep it:
// a.mkv.thumb.jpg. `messages` (may be null) gets a sentence about each of those.
Expected<void> settle_conflicts(std::vector<PlannedTask>& tasks, std::vector<std::string>* messages = nullptr);

}  // namespace hevcpool::cli
