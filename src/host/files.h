// SPDX-License-Identifier: GPL-2.0-or-later
// The files around a job: a source that is opened and must not change meanwhile, and an output that does not
// exist until it is complete. Paths are bytes, never text. Nothing here knows what is in the files.
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <sys/stat.h>

#include <string>
#include <string_view>

namespace hevcpool::host {

struct Source {
  UniqueFd fd;              // read-only
  struct stat status {};    // when it was opened
};

// A regular file, or a link to one. Errors have the stage "open" and name the errno.
Expected<Source> open_source(const std::string& path);

// Whether `path` still is the file it was: same file, size and modification time.
Expected<void> check_unchanged(const std::string& path, const struct stat& before);

bool same_file(const struct stat& a, const struct stat& b);
bool exists(const std::string& path);  // anything at all, dangling links included

// "a/b/c.mp4" → "a/b", "c.mp4"; of a bare name the folder is ".".
std::string folder_of(const std::string& path);
std::string name_of(const std::string& path);
// The path without the extension of its last part: "a.b/c.tar.mp4" → "a.b/c.tar"; ".hidden" stays.
std::string stem_of(const std::string& path);
std::string extension_of(const std::string& path);  // with the dot; empty when there is none

// The folder itself, or the closest one above it that exists.
std::string existing_folder(const std::string& folder);
// mkdir -p, each new folder flushed into the one above it.
Expected<void> make_folders(const std::string& folder);
// Flushes the entries of a folder. A file system that cannot is not an error.
Expected<void> sync_folder(const std::string& folder);

}  // namespace hevcpool::host
