// SPDX-License-Identifier: GPL-2.0-or-later
// The lists that travel in one message when map() puts several small tasks together; the layout is PROTOCOL.md's.
// Pure functions; decoding checks every length.
#pragma once

#include "ipc/message.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::pool {

struct ChunkResult {
  ipc::Outcome outcome = ipc::Outcome::ok;
  std::string_view text;
};

void append_argument(std::string& list, std::string_view text);
std::optional<std::vector<std::string_view>> split_arguments(std::string_view list);

void append_result(std::string& list, ipc::Outcome outcome, std::string_view text);
std::optional<std::vector<ChunkResult>> split_results(std::string_view list);

}  // namespace hevcpool::pool
