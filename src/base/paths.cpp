// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/paths.h"

#include <filesystem>

namespace hevcpool {

bool is_folder(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

}  // namespace hevcpool
