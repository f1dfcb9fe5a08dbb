// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/process_census.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

namespace hevcpool::testing_support {
namespace {

// Parent and state, read from behind the name, which may hold anything.
bool read_stat(int pid, char& state, int& parent) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  const auto end = text.rfind(')');
  if (end == std::string::npos) return false;
  std::istringstream rest(text.substr(end + 1));
  return static_cast<bool>(rest >> state >> parent);
}

void reap_adopted() {
  while (true) {
    siginfo_t dead{};
    if (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG) != 0 || dead.si_pid == 0) return;
  }
}

}  // namespace

std::vector<int> descendants() {
  std::map<int, std::vector<int>> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    char state = 0;
    int parent = 0;
    if (read_stat(std::stoi(name), state, parent)) children[parent].push_back(std::stoi(name));
  }
  std::vector<int> found, next = children[::getpid()];
  while (!next.empty()) {
    const int pid = next.back();
    next.pop_back();
    found.push_back(pid);
    next.insert(next.end(), children[pid].begin(), children[pid].end());
  }
  return found;
}

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);  // there is no event for a process that is not ours
  }
  return true;
}

bool nobody_left(std::chrono::milliseconds patience) {
  return eventually([] { return reap_adopted(), descendants().empty(); }, patience);
}

std::size_t open_descriptors() {
  const auto folder = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(folder), end(folder)));
}

char process_state(int pid) {
  char state = 0;
  int parent = 0;
  return read_stat(pid, state, parent) ? state : '\0';
}

long private_kib(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  long sum = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string name;
    long value = 0;
    if (words >> name >> value && name.starts_with("Private_")) sum += value;
  }
  return sum;
}

Census::Census() {
  adopt_orphans();
  EXPECT_TRUE(nobody_left(0ms)) << "an earlier test left processes";
  descriptors_ = open_descriptors();
}

Census::~Census() {
  EXPECT_TRUE(nobody_left()) << ::testing::PrintToString(descendants());
  EXPECT_EQ(open_descriptors(), descriptors_);
}

}  // namespace hevcpool::testing_support
