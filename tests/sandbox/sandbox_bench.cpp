// SPDX-License-Identifier: GPL-2.0-or-later
// What confinement costs the start of a worker: children that confine themselves and children that do not, in turn,
// from fork to the end: wall time, and CPU time, which does not depend on what else runs. Prints medians. Usage: sandbox_bench [PAIRS]
#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace {

using namespace hevcpool;

struct Cost {
  double wall = 0, cpu = 0;  // microseconds
};

double micros(const timeval& time) { return 1e6 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec); }

Cost life_of_child(const sandbox::SandboxOptions* options) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(options && !sandbox::confine(*options) ? 1 : 0);
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || status != 0) std::abort();
  return {std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count(),
          micros(used.ru_utime) + micros(used.ru_stime)};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

}  // namespace

int main(int count, char** arguments) {
  const int pairs = count > 1 ? std::atoi(arguments[1]) : 300;
  std::string folder = (std::filesystem::temp_directory_path() / "sandbox_bench.XXXXXX").native();
  if (pairs < 1 || ::mkdtemp(folder.data()) == nullptr) return 2;
  const sandbox::SandboxOptions options{.scratch_folder = folder, .require = true};
  std::vector<double> wall[2], cpu[2];
  for (int i = 0; i < 2 * pairs; ++i) {
    const bool confined = i % 2 == 1;
    const Cost cost = life_of_child(confined ? &options : nullptr);
    wall[confined].push_back(cost.wall);
    cpu[confined].push_back(cost.cpu);
  }
  ::rmdir(folder.c_str());
  fmt::print("{} pairs, medians: wall {:.0f} us without, {:.0f} us confined; CPU {:.0f} us without, {:.0f} us confined\n",
             pairs, median(wall[0]), median(wall[1]), median(cpu[0]), median(cpu[1]));
}
