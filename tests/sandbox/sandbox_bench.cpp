// SPDX-License-Identifier: GPL-2.0-or-later
// What confinement costs the start of a worker: children that confine themselves and children that do not, in turn,
// from fork to the end. Prints medians in microseconds. Usage: sandbox_bench [PAIRS]
#include "sandbox/sandbox.h"

#include <fmt/format.h>
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

double life_of_child(const sandbox::SandboxOptions* options) {
  const auto begin = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) ::_exit(options && !sandbox::confine(*options) ? 1 : 0);
  int status = 0;
  if (::waitpid(child, &status, 0) != child || status != 0) std::abort();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
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
  std::vector<double> free, confined, more;
  for (int i = 0; i < pairs; ++i) {
    free.push_back(life_of_child(nullptr));
    confined.push_back(life_of_child(&options));
    more.push_back(confined.back() - free.back());
  }
  ::rmdir(folder.c_str());
  fmt::print("{} pairs: without {:.0f} us, confined {:.0f} us, difference of a pair {:.0f} us (medians)\n", pairs,
             median(free), median(confined), median(more));
}
