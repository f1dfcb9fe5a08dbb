// SPDX-License-Identifier: GPL-2.0-or-later
// Scripts that let a shell complete the program's commands, options and values.
#pragma once

#include "cli/docs/help_page.h"

#include <string>
#include <vector>

namespace hevcpool::cli {

std::string bash_completion(const std::vector<HelpPage>& pages);
std::string zsh_completion(const std::vector<HelpPage>& pages);
std::string fish_completion(const std::vector<HelpPage>& pages);

}  // namespace hevcpool::cli
