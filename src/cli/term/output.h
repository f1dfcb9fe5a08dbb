// SPDX-License-Identifier: GPL-2.0-or-later
// Standard output or standard error, written without ever waiting for the reader: text is kept until the descriptor
// takes it. A reader that is gone ends the writing, never the program. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace hevcpool::cli {

inline constexpr double kDrainSeconds = 30;  // for a reader of the output that is slow at the end

class Output {
 public:
  explicit Output(int fd) : fd_(fd) {}  // borrowed

  void write(std::string_view text);
  // Gives the descriptor what it will take now.
  void flush();
  // Waits until everything is written, at most so long.
  void drain(double seconds);
  // For the end: waits until everything is written, or cannot be. False when some of it was lost.
  bool finish() { return drain(kDrainSeconds), error_ == 0 && pending_.empty(); }

  int fd() const { return fd_; }
  std::size_t pending() const { return pending_.size(); }
  bool is_terminal() const;
  // The errno that ended the writing; 0 while all is well.
  int error() const { return error_; }

 private:
  bool ready(int milliseconds) const;

  int fd_;
  int error_ = 0;
  std::string pending_;
};

// Ends both, saying on `err` when `out` lost something. The exit code: `code`, unless that claims success.
int finish_outputs(std::string_view command, Output& out, Output& err, int code);
// Descriptors 0 to 2 that the program was started without: nothing else may get their numbers, and writing to them
// fails.
void occupy_standard_descriptors();

}  // namespace hevcpool::cli
