// SPDX-License-Identifier: GPL-2.0-or-later
// Tasks whose sources differ in their extension only would write the same output. For sources that a walk or a list found,
// the output's name keeps that extension. Reads which files exist; changes nothing but the tasks.
#pragma once

#include "cli/jobs/planned_task.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

class LongNames {
 public:
  explicit LongNames(std::vector<PlannedTask>& tasks) : tasks_(tasks), is_long_(tasks.size()) {}
  // A sentence for each pair. Two tasks whose sources were both named stay as they are.
  std::vector<std::string> settle();

 private:
  bool settle_files();
  void settle_sounds();
  bool lengthen(std::size_t a, std::size_t b);

  std::vector<PlannedTask>& tasks_;
  std::vector<bool> is_long_;
  std::vector<std::string> sentences_;
};

}  // namespace hevcpool::cli
