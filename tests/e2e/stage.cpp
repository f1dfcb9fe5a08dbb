// SPDX-License-Identifier: GPL-2.0-or-later
#include "e2e/stage.h"

#include "e2e/running.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <sstream>

namespace hevcpool::e2e {
namespace fs = std::filesystem;
namespace {

constexpr unsigned kClips = 6;

// Made by the program itself, when the first test wants them; removed with the test program.
const test::TempFolder& clips() {
  static const test::TempFolder folder;
  static const bool made = [] {
    Running program({"sample", "--count", std::to_string(kClips), "--short", folder.path()});
    const End end = program.wait();
    EXPECT_EQ(end.exit_code, 0) << program.err();
    return end.exit_code == 0;
  }();
  EXPECT_TRUE(made);
  return folder;
}

}  // namespace

Stage::Stage(unsigned count) {
  fs::create_directory(in());
  for (unsigned i = 1; i <= count; ++i) {
    const std::string source = fmt::format("sample-{}.mp4", (i - 1) % kClips + 1);
    fs::copy_file(clips() / source, in() + fmt::format("/clip-{}.mp4", i));
  }
}

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Stage::text(const std::string& name) const { return contents(*this / name); }

std::vector<std::string> Stage::files(const std::string& folder) {
  std::vector<std::string> names;
  if (fs::exists(folder))
    for (const auto& entry : fs::recursive_directory_iterator(folder))
      if (!entry.is_directory()) names.push_back(fs::relative(entry.path(), folder).native());
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> Stage::sources() const {
  std::vector<std::string> all;
  for (const std::string& name : files(in())) all.push_back(name + contents(fs::path(in()) / name));
  return all;
}

std::string decoded(const std::string& path) {
  const std::string command = fmt::format(
      "ffprobe -v error -count_frames -select_streams v:0 -show_entries stream=codec_name,nb_read_frames "
      "-of csv=p=0 'file:{}'", path);
  const std::unique_ptr<FILE, int (*)(FILE*)> output(::popen(command.c_str(), "re"), ::pclose);
  char line[128] = "";
  if (!output || !std::fgets(line, sizeof line, output.get())) return "";
  const std::string text = line;
  return text.substr(0, text.find('\n'));
}

std::vector<nlohmann::json> events(const std::string& out) {
  std::vector<nlohmann::json> all;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    all.push_back(nlohmann::json::parse(line, nullptr, false));
    EXPECT_TRUE(all.back().is_object() && all.back().contains("event")) << line;
  }
  return all;
}

}  // namespace hevcpool::e2e
