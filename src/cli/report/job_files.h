// SPDX-License-Identifier: GPL-2.0-or-later
// The files that a batch leaves for scripts: the job log, and lists of what succeeded and what failed. Written as
// jobs end, so that they are right whenever the program dies. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/term/list_file.h"
#include "cli/report/outcome.h"

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

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

// Files to write; empty: none.
struct ReportNames {
  std::string log, succeeded, failed;
  std::vector<std::string> others = {};  // made elsewhere: here they are only checked
};
struct FilesRead {
  std::vector<std::string> sources;
  std::vector<std::string> lists = {};   // that name the sources
};

struct JobFiles {
  std::optional<JobLog> log;
  std::optional<ListFile> succeeded, failed;

  // The failing value names the file that could not be made. None is written over that is read, but for a list that
  // one of the new lists takes the place of, at the end; nor is one that is named like a video.
  static Expected<JobFiles> create(const ReportNames& names, const FilesRead& read);
  Expected<void> add(std::size_t sequence, const Outcome& outcome);

  // To be called once all jobs have ended by themselves: the lists that the jobs came from are replaced.
  Expected<void> finish() const;
  bool wait() const;  // whether there are such lists
};

// Finishes them, unless the jobs were stopped. What the user should know of it; else empty.
std::string finish_lists(const JobFiles& files, bool stopped);

}  // namespace hevcpool::cli
