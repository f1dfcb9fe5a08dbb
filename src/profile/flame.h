// SPDX-License-Identifier: GPL-2.0-or-later
// Flame graphs of sampled stacks. Pure, but for the names.
#pragma once

#include "profile/symbols.h"

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hevcpool::profile {

// "main;encode;x265_encoder_encode" -> samples: outermost first, as flamegraph.pl reads it.
using Folded = std::map<std::string, std::uint64_t>;

// `samples` is what a worker wrote: {"stacks": [[count, address, ...]]}, innermost first.
Folded fold(const nlohmann::json& samples, Symbols symbols);
std::string folded_text(const Folded& folded);
// A picture that explains itself where the pointer is; needs nothing else.
std::string flame_svg(const Folded& folded, const std::string& title);

}  // namespace hevcpool::profile
