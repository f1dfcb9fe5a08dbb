// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/clean.h>

#include "host/work_folder.h"

#include <filesystem>

namespace hevcpool {

std::vector<Leftover> clean(const std::string& folder, bool look_only) {
  namespace fs = std::filesystem;
  std::vector<Leftover> found;
  const auto look_at = [&](const std::string& path) {
    auto here = host::clean_work_folders(path, look_only);
    found.insert(found.end(), here.begin(), here.end());
  };
  look_at(folder);
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code unknown;
    if (!entry->is_directory(unknown) || entry->is_symlink(unknown)) continue;
    if (entry->path().filename() == ".hevcpool") entry.disable_recursion_pending();
    else look_at(entry->path().native());
  }
  return found;
}

}  // namespace hevcpool
