// SPDX-License-Identifier: GPL-2.0-or-later
// Sources of one folder that differ in their extension only would become one file: a.mkv and a.mp4, both a.hevc.mp4.
// Those that a walk found, or a list, keep their extension in the output's name (a.mkv.hevc.mp4). Looks at what exists,
// so that a later run finds its own outputs again: changes nothing. Values only; any thread.
#pragma once

#include "plan/paths/outputs.h"

#include <string>
#include <vector>

namespace hevcpool::plan {

// Gives such pairs other targets, and returns a sentence about each group. Two sources that were both named are left as
// they are: they are a mistake in the request. A target stays
//   - short where a file of that name exists already and has the time of one of the sources alone, as outputs do;
//   - long where a file of the long name exists, even if its source has no rival any more.
// Where sources are replaced nothing is renamed.
std::vector<std::string> keep_extensions(std::vector<Pair>& pairs, const OutputRule& rule);

}  // namespace hevcpool::plan
