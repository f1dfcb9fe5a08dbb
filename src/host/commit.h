// SPDX-License-Identifier: GPL-2.0-or-later
// The last step of a job: the verified temporary becomes the output. At every moment, a crash included, the name
// holds nothing, the old file or the complete new one; and a source is only removed once the new file is safe.
//
//   new name       inherit attributes, fsync, link(2), fsync the folder
//   existing name  …, link to .NAME.part, fsync the folder, rename(2), fsync the folder
//   replace, where the name changes: as a new name, marked (plan/replacement.h), then unlink the source, fsync its
//                  folder
#pragma once

#include "base/error.h"
#include "host/temporary.h"

#include <sys/stat.h>

#include <string>
#include <vector>

namespace hevcpool::host {

struct CommitRequest {
  Temporary temporary;
  std::string source;
  struct stat source_status {};  // when it was first opened
  std::string output;
  bool overwrite = false;        // an existing output gives way
  bool replace = false;          // the source gives way
};

struct CommitReport {
  bool name_taken = false;       // the name exists, nothing was done
  std::vector<std::string> refused_attributes;
};

Expected<CommitReport> commit(CommitRequest request);

// The rest of a replacement that a crash cut off after `output`, which is marked as such, got its name.
Expected<void> finish_replacement(const std::string& output, const std::string& source,
                                  const struct stat& source_status);

}  // namespace hevcpool::host
