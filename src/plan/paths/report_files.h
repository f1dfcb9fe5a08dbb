// SPDX-License-Identifier: GPL-2.0-or-later
// The files that a command writes about its jobs must not be the videos themselves: making one empties whatever has
// its name. Looks at file identities, changes nothing. Any thread.
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace hevcpool::plan {

// Fails with stage "usage", naming the file, when one of `reports` is one of `sources` (through links, too), is named
// like a video, or is also another of the reports. Empty names stand for no file. `what` the sources are called.
Expected<void> check_report_files(const std::vector<std::string>& reports, const std::vector<std::string>& sources,
                                  const std::string& what = "one of the sources");

}  // namespace hevcpool::plan
