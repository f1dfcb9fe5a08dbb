// SPDX-License-Identifier: GPL-2.0-or-later
// Questions about paths. Any thread.
#pragma once

#include <string>

namespace hevcpool {

// False where nothing is there, or where it cannot be looked at.
bool is_folder(const std::string& path);

}  // namespace hevcpool
