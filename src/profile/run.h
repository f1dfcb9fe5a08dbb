// SPDX-License-Identifier: GPL-2.0-or-later
// One profiled encode as it is kept in a file, and its figures for tables and comparisons. The file is JSON:
//
//   {"hevcpool_profile": 1, "version": text, "label": text,
//    "input": {name, bytes, seconds, format, codec, width, height},
//    "settings": {name: text},
//    "wall": s, "cpu": s,                     of the worker, as the kernel counts the task's process
//    "frames": n, "fps": n, "bytes_out": n, "bits_per_second": n, "ssim": n, "psnr": n,   0: not measured; of the
//                                                                     frames of the last pass
//    "counters": "hardware" | "kernel" | "none", "counters_reason": text,
//    "threads": {"worker": s, "x265": s, "others": s},
//    "stages": [{name, wall, cpu, share, calls, mean, p50, p99, max, <counters>}],  seconds; share of all CPU;
//                                                                     the last one is "idle"
//    "steps": [{name, worker, begin, end}],   seconds from the job's begin
//    "task": {begin, resolution, "passes": [{number, frames, bits, wall, "cpu": {stage: s}}],
//             "frames": {column: [values]},                 a row for each frame of each pass
//             "slices": [[begin, length, stage, 0, count]], "lanes": [[[begin, length, type, first, count]]],
//             "samples": {...}}}              microseconds from task.begin; columns of times in milliseconds
//
// Reading is lenient: what is missing is 0 or empty. Pure.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::profile {

struct StageFigures {
  std::string name;
  double wall = 0, cpu = 0, share = 0;
  std::uint64_t calls = 0;
  double mean = 0, p50 = 0, p99 = 0, max = 0;
  std::map<std::string, double> counters;
};

// Of all frames of one type in one pass.
struct TypeFigures {
  int pass = 0;           // 0: the only one
  char type = '?';
  std::uint64_t count = 0;
  double qp = 0, bits = 0, encode = 0;  // means; encode in milliseconds of CPU
};

// Once through the source.
struct PassFigures {
  int number = 0;
  std::uint64_t frames = 0;
  double wall = 0, cpu = 0;
  std::map<std::string, double> stages;  // CPU
};

struct Run {
  std::string label, input;
  double wall = 0, cpu = 0;
  std::uint64_t frames = 0, bytes_out = 0;
  double fps = 0, bits_per_second = 0, ssim = 0, psnr = 0;
  std::string counters, counters_reason;
  std::map<std::string, double> threads;
  std::vector<StageFigures> stages;
  std::vector<PassFigures> passes;      // more than one: two-pass rate control
  std::vector<TypeFigures> types;
  std::map<std::string, double> x265;   // means over the last pass's frames of decide_wait, row0_wait, ...
  std::map<std::string, std::string> settings;

  const StageFigures* stage(std::string_view name) const;
};

// What the host knows of a run besides what its worker measured.
struct RunFacts {
  std::string version, label;
  std::string input;
  std::map<std::string, std::string> settings;
  double cpu = 0;                       // user and system time of the step, by the kernel
  double seconds = 0;                   // of video
  std::uint64_t bytes_in = 0, bytes_out = 0;
  struct Step {
    std::string name;
    int worker = 0;
    double begin = 0, end = 0;
  };
  std::vector<Step> steps;              // times from the job's begin
  double whole = 0;                     // from the job's begin to its end
};

// The document of the file. `measured` is what the worker wrote.
Expected<nlohmann::json> compose_run(const RunFacts& facts, std::string_view measured);
Run read_run(const nlohmann::json& document);
// Reads a file's text: one run, or a list of them. An error where it is no profile.
Expected<std::vector<nlohmann::json>> parse_runs(std::string_view text);

}  // namespace hevcpool::profile
