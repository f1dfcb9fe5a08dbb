// SPDX-License-Identifier: GPL-2.0-or-later
// The options of `encode` that decide what an encode does, for other subcommands that encode.
#pragma once

#include <hevcpool/encode.h>

namespace CLI {
class App;
}

namespace hevcpool::cli {

// `threads`: 0 is automatic. Both must live until the command line is parsed.
void add_encoding_options(CLI::App& app, Encode& encode, unsigned& threads);

}  // namespace hevcpool::cli
