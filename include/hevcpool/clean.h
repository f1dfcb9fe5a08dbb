// SPDX-License-Identifier: GPL-2.0-or-later
// What runs that crashed or were cancelled left behind: the finished segments of films, kept so that the same command
// can go on where it stopped.
#pragma once

#include <hevcpool/export.h>

#include <cstdint>
#include <string>
#include <vector>

namespace hevcpool {

struct Leftover {
  std::string folder;                  // its work folder
  std::string output;                  // the file that it was for; empty when that is not known any more
  std::size_t segments = 0;
  std::uint64_t bytes = 0;
  std::string problem;                 // why it could not be removed; empty: it is gone, or was only looked at
};

// Everything abandoned in `folder` and the folders below it; what somebody works on is left alone. With `look_only`
// nothing is removed. Links to folders are not followed.
HEVCPOOL_API std::vector<Leftover> clean(const std::string& folder, bool look_only = false);

}  // namespace hevcpool
