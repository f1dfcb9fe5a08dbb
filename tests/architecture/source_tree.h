// SPDX-License-Identifier: GPL-2.0-or-later
// The project's own source files, read as text.
#pragma once

#include <string>
#include <vector>

namespace hevcpool::test {

struct SourceFile {
  std::string path;    // below the project's folder: "src/pool/worker.cpp"
  std::string folder;  // of src: "pool", "media/video"; empty elsewhere
  std::vector<std::string> lines;
};

// Every .h and .cpp below `folder` ("src", "tests"), sorted by path.
std::vector<SourceFile> source_files(const std::string& folder);
// The folders and rooms of src that hold sources.
std::vector<std::string> source_folders();
// The text between the marks of `#include "..."` or `#include <...>`, marks included; empty for other lines.
std::string included(const std::string& line);
std::string read_project_file(const std::string& path);

}  // namespace hevcpool::test
