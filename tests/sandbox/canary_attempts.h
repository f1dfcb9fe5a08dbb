// SPDX-License-Identifier: GPL-2.0-or-later
// What the canary tries, by name. canary_system.cpp goes for the machine, canary_channel.cpp for the supervisor.
#pragma once

#include <hevcpool/task.h>

#include <functional>
#include <map>
#include <string>

namespace hevcpool::sandbox {

// What the intruder knows. descriptor 0 of the job is open for reading, 1 for writing.
struct Prey {
  TaskContext& context;
  std::string other_source;  // path of another job's file
  std::string folder;        // where that file is
  int sibling = -1;          // process of another worker
  int supervisor = -1;
};

using Attempts = std::map<std::string, std::function<std::string(const Prey&)>, std::less<>>;

const Attempts& canary_attempts();
void add_system_attempts(Attempts& attempts);
void add_channel_attempts(Attempts& attempts);

// "ok" or the name of errno.
std::string verdict(long returned);

}  // namespace hevcpool::sandbox
