// SPDX-License-Identifier: GPL-2.0-or-later
// The last lines that libav logged while a LogCapture lives, instead of on stderr. libav's log callback is global
// to the process, so the ring is too, behind a mutex (decoders may log from threads of their own): a process runs
// one job at a time. Captures nest: the outermost empties the ring and gives the callback back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hevcpool::media {

class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  // The newest `count` lines, oldest first, joined by newlines. Errors and warnings only; repeats are counted.
  static std::string tail(std::size_t count = 20);
  // The newest error that a component whose name begins with `component` logged; empty when there is none.
  static std::string last_error(std::string_view component = {});
  // How many errors a component of that name has logged since the outermost capture began.
  static std::int64_t errors(std::string_view component);
  // Adds a line of another library (x265) or of our own.
  static void add(std::string_view component, std::string_view line);
};

}  // namespace hevcpool::media
