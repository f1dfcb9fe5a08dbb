// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/version.h"

namespace hevcpool::cli {

std::string version_text() { return "hevcpool " HEVCPOOL_VERSION; }

}  // namespace hevcpool::cli
