// SPDX-License-Identifier: GPL-2.0-or-later
// Which filter graphs a request may ask for: only filters that exist, with valid options, and none that reads
// or writes anything but the pictures. The check comes before libavfilter sees the graph, because some
// filters open their files while it is parsed. Pure functions.
#pragma once

#include <hevcpool/encode.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace hevcpool::media {

struct FilterCall {
  std::string name;       // without instance name
  std::string arguments;  // as written, quotes and escapes kept
};

// The filters of a graph description, in order, without labels.
Expected<std::vector<FilterCall>> list_filters(std::string_view graph);

// Each frame comes out once, at its own time, and depends on no other. Only of filters that are known to work so.
bool works_frame_by_frame(const FilterCall& call);

// Whether each frame that goes into the graph comes out once, at its own time. Only graphs of filters that are known to do
// so; an empty one does.
bool keeps_times(std::string_view graph);

// Refuses by name what may not be used.
Expected<void> check_filter_graph(std::string_view graph);

// The graph for --vf and its short forms: crop, then the graph, then scale, then frame rate. Empty when there
// is nothing to do.
Expected<std::string> compose_filters(const EncodeOptions& options);

}  // namespace hevcpool::media
