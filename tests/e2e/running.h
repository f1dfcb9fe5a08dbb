// SPDX-License-Identifier: GPL-2.0-or-later
// The real command line as a child of the test, watched while it runs: its output as it comes, its processes by
// their parentage. The test becomes the reaper of whatever the program leaves behind. One at a time, one thread.
#pragma once

#include "base/unique_fd.h"

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hevcpool::e2e {

struct End {
  int exit_code = -1;  // -1: a signal ended it
  int signal = 0;
  bool hung = false;   // killed at the deadline
};

class Running {
 public:
  enum class Screen { none, terminal };  // terminal: stdout and stderr are a pseudo-terminal of 100 columns

  explicit Running(const std::vector<std::string>& arguments, Screen screen = Screen::none);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();  // kills what is left

  // Reads until the output holds `text`. False at the end of the output or at the deadline.
  bool wait_for(const std::string& text, std::chrono::milliseconds deadline = std::chrono::seconds(60));
  // Reads for so long, or to the end of the program.
  void watch(std::chrono::milliseconds time);
  void send(int signal) const;
  // Reads to the end and reaps it.
  End wait(std::chrono::milliseconds deadline = std::chrono::seconds(120));

  pid_t pid() const { return pid_; }
  pid_t supervisor() const;              // 0 when there is none
  std::vector<pid_t> workers() const;
  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  bool read_some(std::chrono::milliseconds limit);

  pid_t pid_ = -1;
  UniqueFd out_fd_, err_fd_, process_;
  std::string out_, err_;
};

// A whole run.
struct Ran {
  int code = -1;  // -1: a signal ended it, or it hung
  std::string out, err;
};
Ran run(const std::vector<std::string>& arguments);

// The bytes of a file; none where there is no file.
std::string text_of(const std::string& path);

// Processes that the program left behind and that are still there after the grace period; kills and reaps them.
int orphans();

}  // namespace hevcpool::e2e
