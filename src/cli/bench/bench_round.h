// SPDX-License-Identifier: GPL-2.0-or-later
// Runs every contestant over one batch, turn by turn, so that whatever else the machine does meets them alike, and
// keeps what was measured.
#pragma once

#include "cli/bench/bench_peers.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct PeerFigures {
  std::string name;
  std::string missing;               // the program that is not installed; then nothing was measured
  std::vector<double> wall, cpu;     // a value per round
  double memory = 0;                 // bytes: the most of the whole tree, in the first round
  std::uint64_t bytes = 0;           // of the outputs
  double ssim = 0;                   // mean over the files compared; 0: none was
};

struct BatchFigures {
  std::string name, about;
  std::size_t files = 0;
  std::vector<double> limit;         // seconds: the work alone, spread evenly over the cores; a value per round
  std::vector<PeerFigures> peers;    // ours first
};

struct BatchPlan {
  std::string name, about;
  std::vector<std::string> inputs;
  std::size_t originals = 0;         // the inputs are copies of so many first ones; 0: each is one of its own
  std::string folder;                // for outputs and raw frames; must exist
  unsigned rounds = 3;
  bool measure_limit = true;
  std::vector<std::string> peers;    // words of those to run besides ours; empty: all
  std::function<void(const std::string&)> say;  // what is being measured now
};

Expected<BatchFigures> run_batch(const BatchPlan& plan, const BenchSettings& settings);

}  // namespace hevcpool::cli
