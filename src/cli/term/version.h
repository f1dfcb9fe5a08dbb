// SPDX-License-Identifier: GPL-2.0-or-later
// The program's name and version.
#pragma once

#include <string>

namespace hevcpool::cli {

std::string version_text();  // "hevcpool 0.1.0"

}  // namespace hevcpool::cli
