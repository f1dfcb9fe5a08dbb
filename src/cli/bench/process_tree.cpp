// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/process_tree.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

using File = std::unique_ptr<FILE, int (*)(FILE*)>;

File open_text(const std::string& path) { return File(std::fopen(path.c_str(), "re"), std::fclose); }

// A child belongs to the thread that made it.
void add_children(std::vector<pid_t>& pids, pid_t parent) {
  std::error_code gone;
  fs::directory_iterator threads(fmt::format("/proc/{}/task", parent), gone);
  for (; !gone && threads != fs::directory_iterator(); threads.increment(gone)) {
    const File children = open_text(threads->path().native() + "/children");
    int pid = 0;
    while (children && std::fscanf(children.get(), "%d", &pid) == 1) pids.push_back(pid);
  }
}

double kilobytes(pid_t pid) {
  const File file = open_text(fmt::format("/proc/{}/smaps_rollup", pid));
  char line[200];
  double value = 0;
  while (file && std::fgets(line, sizeof line, file.get()))
    if (std::sscanf(line, "Pss: %lf", &value) == 1) return value;
  return 0;
}

}  // namespace

std::vector<pid_t> process_tree(pid_t root) {
  std::vector<pid_t> pids{root};
  for (std::size_t i = 0; i < pids.size(); ++i) add_children(pids, pids[i]);
  return pids;
}

double tree_memory(pid_t root) {
  double sum = 0;
  for (const pid_t pid : process_tree(root)) sum += kilobytes(pid);
  return sum * 1024;
}

}  // namespace hevcpool::cli
