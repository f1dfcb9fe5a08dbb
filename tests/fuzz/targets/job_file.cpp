// SPDX-License-Identifier: GPL-2.0-or-later
// Job files, their defaults (JSON and TOML) and the results of an earlier run. The first byte chooses.
#include "fuzz/targets/target.h"

#include "cli/jobs/batch_file.h"
#include "cli/jobs/batch_results.h"

#include <cstdlib>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hevcpool::cli;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 == 1) {
    static_cast<void>(read_defaults("defaults.json", text));
  } else if (data[0] % 4 == 2) {
    static_cast<void>(read_defaults("defaults.toml", text));
  } else if (data[0] % 4 == 3) {
    static_cast<void>(done_jobs(text));
  } else {
    const BatchFile read = read_batch(text, {}, "encode");
    std::size_t lines = 1;
    for (const char c : text) lines += c == '\n';
    if (read.jobs.size() + read.problems.size() > lines) std::abort();
    for (const BatchJob& job : read.jobs)
      if (job.line == 0 || job.line > lines || key_of(job.task).empty()) std::abort();
  }
  return 0;
}
