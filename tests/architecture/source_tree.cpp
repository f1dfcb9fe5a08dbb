// SPDX-License-Identifier: GPL-2.0-or-later
#include "architecture/source_tree.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

namespace hevcpool::test {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = HEVCPOOL_SOURCE_DIR;

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

SourceFile read(const fs::path& path) {
  const fs::path below = fs::relative(path, kRoot);
  const bool in_src = *below.begin() == "src";
  return {below.native(), in_src ? below.parent_path().lexically_relative("src").native() : "", lines_of(path)};
}

}  // namespace

std::vector<SourceFile> source_files(const std::string& folder) {
  std::vector<SourceFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder))
    if (const auto kind = entry.path().extension(); kind == ".h" || kind == ".cpp") files.push_back(read(entry.path()));
  std::ranges::sort(files, {}, &SourceFile::path);
  return files;
}

std::vector<std::string> source_folders() {
  std::set<std::string> folders;
  for (const SourceFile& file : source_files("src")) folders.insert(file.folder);
  return {folders.begin(), folders.end()};
}

std::string included(const std::string& line) {
  static const std::regex pattern(R"(^\s*#\s*include\s*(["<][^">]+[">]))");
  std::smatch match;
  return std::regex_search(line, match, pattern) ? match[1].str() : std::string();
}

std::string read_project_file(const std::string& path) {
  std::ifstream file(kRoot / path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace hevcpool::test
