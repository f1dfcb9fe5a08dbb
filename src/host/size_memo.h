// SPDX-License-Identifier: GPL-2.0-or-later
// Remembers that a source, encoded with certain options, did not shrink enough, so that the next run does not try
// again. Kept as an extended attribute of the source; where that cannot be written, as an empty file in the
// folder .hevcpool beside the output. It holds for this very content (size and modification time) only.
#pragma once

#include "base/error.h"

#include <sys/stat.h>

#include <string>

namespace hevcpool::host {

struct SizeMemoKey {
  std::string source;        // path
  struct stat status {};     // of the source
  std::string options;       // everything that the result depends on, as text
  std::string folder;        // of the output
};

bool is_remembered(const SizeMemoKey& key);
// False when it could not be written anywhere; then the next run tries again.
bool remember(const SizeMemoKey& key);

}  // namespace hevcpool::host
