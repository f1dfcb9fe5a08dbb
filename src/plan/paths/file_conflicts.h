// SPDX-License-Identifier: GPL-2.0-or-later
// Jobs of any kind that run at once and in any order: none may make a file that another makes or reads. Looks at
// folders and file identities, changes nothing. Values only; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hevcpool::plan {

// The names that one job reads and makes, as it spells them.
struct FilesOfJob {
  std::vector<std::string> inputs, outputs;
  bool replaces = false;  // its output may take its own input's place
};

struct FileConflict {
  enum class Kind { same_output, own_input, other_input, folder };
  Kind kind = Kind::same_output;
  std::size_t job = 0;    // whose output it is; of a same_output the later one
  std::size_t other = 0;  // who makes or reads it as well
  std::string output;     // as `job` spells it
};

// At most one for each job, in the order of the jobs.
std::vector<FileConflict> file_conflicts(const std::vector<FilesOfJob>& jobs);

}  // namespace hevcpool::plan
