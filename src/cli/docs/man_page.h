// SPDX-License-Identifier: GPL-2.0-or-later
// Manual pages in roff: one for the program, one for each of its commands.
#pragma once

#include "cli/docs/help_page.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

// hevcpool(1). `version` as in "hevcpool 0.1.0".
std::string program_page(const std::vector<HelpPage>& pages, const std::string& version);
// hevcpool-COMMAND(1).
std::string command_page(const HelpPage& page, const std::string& version);

}  // namespace hevcpool::cli
