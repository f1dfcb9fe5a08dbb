// SPDX-License-Identifier: GPL-2.0-or-later
// Counts what a pool leaves behind: processes, zombies, descriptors. The test program becomes the reaper of
// orphans, so that nothing can slip away to init.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace hevcpool::testing_support {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 60s;  // for what comes at once unless the machine is busy

// Processes below this one, at any depth, zombies included, by way of /proc.
std::vector<int> descendants();
// Makes orphans of this process's descendants its children. Call before the first fork.
void adopt_orphans();
// Reaps adopted zombies until no descendant is left. False when there is one still after `patience`.
bool nobody_left(std::chrono::milliseconds patience = kPatience);
// Waits for the condition.
bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience = kPatience);
std::size_t open_descriptors();
// The third field of /proc/PID/stat; 0 for a process that is not there.
char process_state(int pid);
// Sum of Private_Clean and Private_Dirty, in KiB.
long private_kib(int pid);

// Every test that uses it starts and ends without descendants and with the same number of descriptors.
class Census {
 public:
  Census();
  ~Census();
  Census(const Census&) = delete;
  Census& operator=(const Census&) = delete;

 private:
  std::size_t descriptors_;
};

}  // namespace hevcpool::testing_support
