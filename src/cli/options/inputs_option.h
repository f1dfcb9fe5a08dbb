// SPDX-License-Identifier: GPL-2.0-or-later
// The positional INPUT of the subcommands: any number of names, taken literally, and the parsing that keeps them so.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace hevcpool::cli {

// `inputs` must live until the command line is parsed.
void add_inputs(CLI::App& app, std::vector<std::string>& inputs);

// As app.parse(argc, argv), but every word means itself: CLI11 alone would split "[a,b]" at the comma. Throws
// CLI::ParseError as it does.
void parse_literally(CLI::App& app, int argc, const char* const* argv);

}  // namespace hevcpool::cli
