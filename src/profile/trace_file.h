// SPDX-License-Identifier: GPL-2.0-or-later
// Chrome's trace event format (the array form, which needs no end to be read), written as events come. Times are
// seconds of the steady clock; the file's zero is given. One thread.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hevcpool::profile {

class TraceFile {
 public:
  static Expected<std::unique_ptr<TraceFile>> create(const std::string& path, double zero);
  ~TraceFile();

  void name_process(std::string_view name);
  // Tracks are shown by ascending number.
  void name_track(int track, std::string_view name);
  // `args`: a JSON object; empty: none.
  // Slices that share an end and a beginning do so in the file, too.
  void slice(int track, std::string_view name, std::string_view category, double begin, double end,
             std::string_view args = {});
  void counter(std::string_view name, double time, double value);

  std::uint64_t bytes() const { return written_ + pending_.size(); }
  // Ends it. The first failed write is reported here.
  Expected<void> finish();

 private:
  TraceFile(std::string path, UniqueFd fd, double zero) : path_(std::move(path)), fd_(std::move(fd)), zero_(zero) {}
  void event(std::string_view text);
  void flush();
  long long microseconds(double time) const;

  std::string path_, pending_;
  UniqueFd fd_;
  double zero_;
  std::uint64_t written_ = 0;
  int error_ = 0;
  bool finished_ = false;
};

// A JSON string.
std::string json_quoted(std::string_view text);

}  // namespace hevcpool::profile
