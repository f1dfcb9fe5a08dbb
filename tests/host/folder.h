// SPDX-License-Identifier: GPL-2.0-or-later
// A folder for one test, and small ways to make and look at files in it.
#pragma once

#include "support/temp_folder.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace hevcpool::host {

class Folder : public test::TempFolder {
 public:
  std::string write(const std::string& name, const std::string& content) const { return file(name, content); }
  std::string read(const std::string& name) const {
    std::ifstream opened(*this / name, std::ios::binary);
    std::ostringstream content;
    content << opened.rdbuf();
    return opened ? content.str() : "(no such file)";
  }
  // Every file below, as relative paths.
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path()))
      if (!entry.is_directory()) names.insert(entry.path().lexically_relative(path()).string());
    return names;
  }
};

}  // namespace hevcpool::host
