// SPDX-License-Identifier: GPL-2.0-or-later
// Names for addresses of this process: from what libraries export and, for files that have one, their full symbol
// table. What has no name is called by its library and the place in it. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hevcpool::profile {

class Symbols {
 public:
  // "x265_encoder_encode", "libx265.so.199+0x41", never empty.
  const std::string& name(std::uintptr_t address);

 private:
  struct Symbol {
    std::uintptr_t begin = 0, size = 0;
    std::string name;
  };
  struct Library {
    std::string name;
    std::vector<Symbol> symbols;  // by begin, relative to where it is loaded
  };
  const Library& library(const std::string& path);
  std::string find(std::uintptr_t address);

  std::map<std::string, Library> libraries_;
  std::map<std::uintptr_t, std::string> names_;
};

}  // namespace hevcpool::profile
