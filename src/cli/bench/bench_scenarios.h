// SPDX-License-Identifier: GPL-2.0-or-later
// What `bench` converts: batches that are hard in different ways.
#pragma once

#include "cli/bench/sample_clips.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

struct Scenario {
  std::string name;
  std::string about;
  std::vector<SampleClip> clips;   // to be made
  unsigned copies = 1;             // how often each clip is in the batch, as a file of its own
};

// "mixed", "long", "last", "many", "all". Nothing for another name.
std::vector<Scenario> scenarios(const std::vector<std::string>& names);
// The names of them all.
std::vector<std::string> scenario_names();

}  // namespace hevcpool::cli
