// SPDX-License-Identifier: GPL-2.0-or-later
// What confinement costs the start of a worker: children that confine themselves and children that do not, in turn,
// from fork to when they could take a job: wall time, and CPU time, which hardly depends on what else runs. Prints
// medians. Usage: sandbox_bench [PAIRS]
#include "sandbox/sandbox.h"

#include <fmt/format.h>
#include <sys/mman.h>
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

using Clock = std::chrono::steady_clock;

double cpu_so_far() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return micros(used.ru_utime) + micros(used.ru_stime);
}

// `told` is shared with the child.
Cost start_of_child(const sandbox::SandboxOptions* options, Cost& told) {
  const auto begin = Clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    if (options && !sandbox::confine(*options)) ::_exit(1);
    told = {std::chrono::duration<double, std::micro>(Clock::now() - begin).count(), cpu_so_far()};
    ::_exit(0);
  }
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) std::abort();
  return told;
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
  void* shared = ::mmap(nullptr, sizeof(Cost), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return 2;
  std::vector<double> wall[2], cpu[2];
  for (int i = 0; i < 2 * pairs; ++i) {
    const bool confined = i % 2 == 1;
    const Cost cost = start_of_child(confined ? &options : nullptr, *static_cast<Cost*>(shared));
    wall[confined].push_back(cost.wall);
    cpu[confined].push_back(cost.cpu);
  }
  ::rmdir(folder.c_str());
  fmt::print("{} pairs, medians: wall {:.0f} us without, {:.0f} us confined; CPU {:.0f} us without, {:.0f} us confined\n",
             pairs, median(wall[0]), median(wall[1]), median(cpu[0]), median(cpu[1]));
}
