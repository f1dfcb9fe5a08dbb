// SPDX-License-Identifier: GPL-2.0-or-later
// Runs another program to its end and measures it with everything it started and waited for. Only `bench` does this:
// workers never run anything.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

struct Command {
  std::vector<std::string> words;
  std::string input;             // for its standard input
};

struct Measured {
  double wall = 0;               // seconds
  double cpu = 0;                // user and system, of all its processes
  double memory = 0;             // bytes: the most that the whole tree held at one moment (PSS); 0: not watched
  std::string said;              // the end of its stderr
};

// Looking at the memory costs a little time of its own, so it is asked for.
enum class Watch { time, memory };

// What the program prints is dropped; a status other than 0 is an error with the end of its stderr.
Expected<Measured> measure(const Command& command, Watch watch = Watch::time);
// Where the shell would find `program`; empty when it is not installed.
std::string find_program(const std::string& program);

}  // namespace hevcpool::cli
