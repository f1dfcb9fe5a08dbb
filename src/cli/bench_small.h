// SPDX-License-Identifier: GPL-2.0-or-later
// The small jobs of `bench`: metadata, thumbnails, pictures and sound of many files, beside one process for each.
#pragma once

#include "base/error.h"

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct SmallPlan {
  std::string scenario;              // of small_scenario_names()
  std::vector<std::string> files;    // to repeat; empty: clips that are made
  std::string folder;                // for what is made and for outputs; must exist
  unsigned rounds = 3, cores = 1;
  std::function<void(const std::string&)> say;  // what is being measured now
};
struct SmallPeer {
  std::string name;
  std::string missing;               // a program that is not installed; then nothing was measured
  std::vector<double> wall;          // seconds, a value per round
};
struct SmallFigures {
  std::string scenario, about;
  std::vector<SmallPeer> peers;      // ours first; "in-process" is the work in a plain loop on each core
};

std::vector<std::string> small_scenario_names();  // "probe", "thumbnails", "images", "audio"
Expected<SmallFigures> run_small(const SmallPlan& plan);
// Medians, and for each peer how many times longer it took than we did, paired by round.
std::string small_table(const SmallFigures& figures);

}  // namespace hevcpool::cli
