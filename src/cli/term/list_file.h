// SPDX-License-Identifier: GPL-2.0-or-later
// A list of what succeeded or failed, to be given back to a command. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::cli {

// Entries are one per line, or, once one has a line end in it, separated by NUL: as @FILE takes them.
class ListFile {
 public:
  enum class Writing {
    at_once,    // right whenever the program dies
    at_the_end  // the file stays what it is until finish(): it is the list that the jobs come from
  };
  static Expected<ListFile> create(const std::string& path, Writing writing = Writing::at_once);
  Expected<void> add(const std::string& name);
  // What was kept back takes the file's place, whole.
  Expected<void> finish() const;
  bool waits() const { return !fd_.valid(); }

 private:
  ListFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string text() const;
  Expected<void> start_over_with_nul();

  std::string path_;
  UniqueFd fd_;  // not valid: waits
  char separator_ = '\n';
  std::vector<std::string> names_;
};

Expected<UniqueFd> create_report(const std::string& path);
Expected<void> write_all(int fd, std::string_view text);

}  // namespace hevcpool::cli
