// SPDX-License-Identifier: GPL-2.0-or-later
// Runs the real command line under a deadline, with or without faults, and tells what became of it and of every
// process below it. The test process becomes their reaper, so that nothing that outlives the program is missed.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/types.h>
#include <vector>

namespace hevcpool::faults {

struct Finished {
  int status = -1;         // exit status; -1 when a signal ended it
  int signal = 0;
  bool hung = false;       // it was killed at the deadline
  int orphans = 0;         // processes that were still there well after its end
  std::string out, err;
  double seconds = 0;

  std::vector<nlohmann::json> events() const;                    // the JSON objects of `out`
  std::vector<nlohmann::json> events(const char* kind) const;
  std::string describe() const;                                  // one line for failure messages
};

struct Program {
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment{};              // besides the present one
  std::chrono::milliseconds deadline{60000};
  std::function<void()> in_child{};                              // before exec: limits, another user
  std::function<void(pid_t)> meanwhile{};                        // in the test, while it runs
  bool close_stdout = false;
};

// `program.arguments` follow the path of the command line program.
Finished run(const Program& program);

}  // namespace hevcpool::faults
