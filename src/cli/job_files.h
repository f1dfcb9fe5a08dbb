// SPDX-License-Identifier: GPL-2.0-or-later
// The files that a batch leaves for scripts: the job log, and lists of what succeeded and what failed. Written as
// jobs end, so that they are right whenever the program dies. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/outcome.h"

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

// A list of paths that can be given as @FILE: one per line, or, once a name has a line end in it, separated by NUL.
class ListFile {
 public:
  static Expected<ListFile> create(const std::string& path);
  Expected<void> add(const std::string& name);

 private:
  explicit ListFile(UniqueFd fd) : fd_(std::move(fd)) {}
  Expected<void> start_over_with_nul();

  UniqueFd fd_;
  char separator_ = '\n';
  std::vector<std::string> names_;
};

// Tab-separated, with a header; the columns are those of GNU parallel's job log where it has them.
class JobLog {
 public:
  static Expected<JobLog> create(const std::string& path);
  Expected<void> add(std::size_t sequence, const Outcome& outcome);

  // A row, without the line's end. `start` is in seconds since 1970.
  static std::string row(std::size_t sequence, double start, const Outcome& outcome);
  static const char* header();

 private:
  explicit JobLog(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

struct JobFiles {
  std::optional<JobLog> log;
  std::optional<ListFile> succeeded, failed;

  // Empty names make no file. The failing value names the file that could not be made.
  // Nor is any file written over that is one of `sources`, or that is named like a video.
  static Expected<JobFiles> create(const std::string& log, const std::string& succeeded, const std::string& failed,
                                   const std::vector<std::string>& sources);
  Expected<void> add(std::size_t sequence, const Outcome& outcome);
};

}  // namespace hevcpool::cli
