// SPDX-License-Identifier: GPL-2.0-or-later
// The small jobs of `bench`: metadata, thumbnails, pictures and sound of many files, beside one process for each.
#pragma once

#include "base/error.h"

#include <functional>
#include <string>
#include <vector>

namespace hevcpool::cli {

struct OutputPlan {
  std::string scenario;              // of small_scenario_names()
  std::vector<std::string> files;    // to repeat; empty: clips that are made
  std::string folder;                // for what is made and for outputs; must exist
  unsigned rounds = 3, cores = 1;
  std::function<void(const std::string&)> say;  // what is being measured now
};
struct SmallPeer {
  std::string name;
  std::string missing;               // what is not installed; then nothing was measured
  std::vector<double> wall, cpu;     // seconds for all items, a value per round; cpu: 0 where it is not known
  std::size_t items = 0;             // measured in a round; fewer than all where that took too long: then scaled
  std::size_t made = 0;              // output files
};
struct SmallFigures {
  std::string scenario, about;
  std::size_t items = 0;
  std::vector<SmallPeer> peers;      // ours first; "in-process" is the work in a plain loop on each core
  std::vector<std::string> notes;    // how the outputs compare
};

std::vector<std::string> small_scenario_names();  // "probe", "thumbnails", "images", "audio"
Expected<SmallFigures> run_small(const OutputPlan& plan);

}  // namespace hevcpool::cli
