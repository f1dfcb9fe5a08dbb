// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_scenarios.h"

#include <algorithm>
#include <array>

namespace hevcpool::cli {
namespace {

SampleClip named(std::string name, SampleClip clip) {
  clip.name = std::move(name);
  return clip;
}

// As short as they can be while the differences show: a round of all contestants takes a minute or two.
std::vector<SampleClip> mixed_clips() {
  constexpr std::array kSizes = {SampleSize{640, 360, 24}, SampleSize{480, 270, 25}, SampleSize{640, 360, 30},
                                 SampleSize{426, 240, 24}};
  constexpr std::array kSeconds = {3, 2, 8, 2, 4, 3, 5, 2};
  std::vector<SampleClip> clips;
  for (unsigned i = 0; i < kSeconds.size(); ++i)
    clips.push_back(sample_clip(i, kSeconds[i], kSizes[i / 2 % kSizes.size()]));
  return clips;
}

// Eight equal files, and one four times as long that comes last.
std::vector<SampleClip> last_clips() {
  std::vector<SampleClip> clips;
  for (unsigned i = 0; i < 8; ++i) clips.push_back(sample_clip(i, 3, {640, 360, 24}));
  clips.push_back(named("zz-long.mp4", sample_clip(1, 12, {640, 360, 24})));
  return clips;
}

std::vector<SampleClip> many_clips() {
  std::vector<SampleClip> clips;
  for (unsigned i = 0; i < 10; ++i) clips.push_back(sample_clip(i, 2, {320, 180, 24}));
  return clips;
}

std::vector<Scenario> all_scenarios() {
  return {{"mixed", "8 clips of 2 to 8 s, standard definition", mixed_clips()},
          {"long", "one file of 30 s alone, 854x480", {named("long.mp4", sample_clip(1, 30, {854, 480, 24}))}},
          {"last", "8 equal files and a long one last", last_clips()},
          {"many", "500 clips of 2 s, 320x180", many_clips(), 50}};
}

}  // namespace

std::vector<Scenario> scenarios(const std::vector<std::string>& names) {
  std::vector<Scenario> chosen;
  const bool all = std::ranges::find(names, "all") != names.end();
  for (const Scenario& scenario : all_scenarios())
    if (all || std::ranges::find(names, scenario.name) != names.end()) chosen.push_back(scenario);
  return chosen;
}

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const Scenario& scenario : all_scenarios()) names.push_back(scenario.name);
  return names;
}

}  // namespace hevcpool::cli
