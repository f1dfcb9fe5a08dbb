// SPDX-License-Identifier: GPL-2.0-or-later
// The mark (an extended attribute) that ties a new file to the source whose place it is taking, while both exist
// under different names. It is set before the new file gets its name and goes when the source is gone, so that
// after a crash in between the next run knows that the work is done, and removes the source instead of refusing
// two inputs with one output. File systems without such attributes do without: there the next run says so.
#pragma once

#include <sys/stat.h>

#include <string>

namespace hevcpool::plan {

// `output` is the open new file. False: the file system cannot.
bool mark_replacement(int output, const struct stat& source);
void unmark_replacement(int output);
void unmark_replacement(const std::string& output);

// Whether `output` is complete and made from the file that `source` still is.
bool is_replacement(const std::string& output, const struct stat& source);
bool is_replacement(const std::string& output, const std::string& source);

}  // namespace hevcpool::plan
