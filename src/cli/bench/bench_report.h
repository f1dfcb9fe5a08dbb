// SPDX-License-Identifier: GPL-2.0-or-later
// What `bench` found, for people and for programs. Pure.
#pragma once

#include "cli/bench/bench_noop.h"
#include "cli/bench/bench_round.h"
#include "cli/bench/bench_small.h"

#include <optional>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct BenchFindings {
  BenchSettings settings;
  unsigned rounds = 0;
  std::vector<BatchFigures> batches;
  std::optional<NoopFigures> noop;
  std::vector<SmallFigures> small;
};

// A table: medians, and for each peer how many times longer it took than we did, as the median over the rounds.
std::string bench_table(const BatchFigures& batch);
std::string small_table(const SmallFigures& figures);
std::string noop_table(const NoopFigures& figures);
std::string bench_json(const BenchFindings& findings);
// The median over the rounds of theirs / ours.
double paired_ratio(const std::vector<double>& theirs, const std::vector<double>& ours);
// What was measured for a peer of a small scenario, beside its times: "300 of 1000 measured, 200 files made".
std::string small_remark(const SmallPeer& peer, const SmallFigures& figures);

}  // namespace hevcpool::cli
