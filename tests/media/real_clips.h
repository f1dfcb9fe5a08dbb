// SPDX-License-Identifier: GPL-2.0-or-later
// The real clips as test parameters, and programs of the system to compare with.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace hevcpool::media {

inline std::vector<std::filesystem::path> clips(bool broken = true) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(HEVCPOOL_MEDIA))
    if (entry.is_regular_file() && entry.path().extension() != ".tsv" &&
        (broken || entry.path().parent_path().filename() != "broken"))
      out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

inline std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Standard output and error of a shell command.
inline std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen(command.c_str(), "r");
  std::array<char, 4096> part;
  while (std::size_t got = pipe ? std::fread(part.data(), 1, part.size(), pipe) : 0) out.append(part.data(), got);
  if (pipe) pclose(pipe);
  return out;
}

inline std::string case_name(const testing::TestParamInfo<std::filesystem::path>& info) {
  std::string out = info.param.stem().string();
  for (char& c : out)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return out;
}

}  // namespace hevcpool::media
