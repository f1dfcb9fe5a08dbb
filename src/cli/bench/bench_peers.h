// SPDX-License-Identifier: GPL-2.0-or-later
// The contestants of `bench`: each a way to turn a list of files into HEVC, as one command. And the limit: the work
// alone, without any tool around it.
#pragma once

#include "cli/bench/bench_process.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

struct BenchSettings {
  std::string preset = "medium";
  double crf = 28;
  unsigned cores = 1;
};

struct Conversion {
  std::string input, output;
};

struct Peer {
  std::string word;       // for --peers
  std::string name;       // for the table
  std::string needs;      // programs, separated by spaces
  Command (*command)(const std::vector<Conversion>& files, const BenchSettings& settings);
};

// Ours is the first.
const std::vector<Peer>& peers();
std::vector<std::string> peer_words();
// The first program that a peer needs and that is not installed; empty when all are.
std::string missing_program(const Peer& peer);

// CPU seconds of the work alone for one file: one single-threaded encode from raw frames, one decode, each less the
// tool's own start-up. Raw frames go through a file in `folder`, removed again.
Expected<double> work_seconds(const std::string& input, const std::string& folder, const BenchSettings& settings);

}  // namespace hevcpool::cli
