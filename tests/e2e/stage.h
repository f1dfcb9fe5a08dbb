// SPDX-License-Identifier: GPL-2.0-or-later
// A folder with clips for one test, and questions about what is in it.
#pragma once

#include "support/temp_folder.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hevcpool::e2e {

class Stage {
 public:
  // Makes `count` clips in/sample-N.mp4, once per test program, and links them here.
  explicit Stage(unsigned count);

  std::string operator/(const std::string& name) const { return folder_ / name; }
  std::string in() const { return folder_ / "in"; }
  std::string out() const { return folder_ / "out"; }
  const test::TempFolder& folder() const { return folder_; }
  std::string text(const std::string& name) const;  // of a file in the folder
  // Every name below `folder`, folders excluded, sorted.
  static std::vector<std::string> files(const std::string& folder);
  // The bytes of every source, to see that none changed.
  std::vector<std::string> sources() const;

 private:
  test::TempFolder folder_;
};

// The bytes of a file; none where it cannot be read.
std::string contents(const std::filesystem::path& path);
// How many frames of the first video stream ffprobe can decode, and its codec ("hevc,48"); "" when it cannot.
std::string decoded(const std::string& path);
// The JSON objects of --json's output; fails the test where a line is none.
std::vector<nlohmann::json> events(const std::string& out);

}  // namespace hevcpool::e2e
