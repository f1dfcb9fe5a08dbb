// SPDX-License-Identifier: GPL-2.0-or-later
// The arrows: which folder of src may include which.
#include "architecture/source_tree.h"

#include <gmock/gmock.h>

#include <map>
#include <set>

namespace hevcpool {
namespace {

using test::SourceFile;

// Public headers (<hevcpool/...>) are open to all; a folder may always include itself.
const std::map<std::string, std::set<std::string>> kArrows = {
    {"base", {}},
    {"profile", {"base"}},
    {"ipc", {"base"}},
    {"sandbox", {"base"}},
    {"pool", {"ipc", "sandbox", "base"}},
    {"media", {"profile", "base"}},
    {"tasks", {"media", "profile", "base"}},
    {"plan", {"base"}},
    {"host", {"pool", "sandbox", "tasks", "media", "plan", "ipc", "base"}},
    {"cli", {"plan", "profile", "base"}},
};

bool allowed(const std::string& from, const std::string& to) {
  const auto arrows = kArrows.find(from);
  return from == to || (arrows != kArrows.end() && arrows->second.contains(to));
}

TEST(ArchitectureTest, EveryFolderOfSrcHasItsArrows) {
  for (const std::string& folder : test::source_folders()) EXPECT_TRUE(kArrows.contains(folder)) << folder;
}

TEST(ArchitectureTest, IncludesFollowTheArrows) {
  for (const SourceFile& file : test::source_files("src"))
    for (const std::string& line : file.lines) {
      const std::string name = test::included(line);
      if (!name.starts_with('"')) continue;
      const auto slash = name.find('/');
      ASSERT_NE(slash, std::string::npos) << file.path << ": " << line << ": write folder/file.h";
      const std::string folder = name.substr(1, slash - 1);
      EXPECT_TRUE(allowed(file.folder, folder)) << file.path << " must not include " << name;
    }
}

TEST(ArchitectureTest, PublicHeadersUseStandardTypesOnly) {
  for (const SourceFile& file : test::source_files("include"))
    for (const std::string& line : file.lines) {
      const std::string name = test::included(line);
      if (name.empty() || name.starts_with("<hevcpool/")) continue;
      EXPECT_THAT(name, testing::MatchesRegex("<[a-z_]+>")) << file.path;
    }
}

TEST(ArchitectureTest, OnlyMediaKnowsTheMediaLibraries) {
  for (const SourceFile& file : test::source_files("src"))
    for (const std::string& line : file.lines) {
      const std::string name = test::included(line);
      const bool media = name.starts_with("<libav") || name.starts_with("<libsw") || name == "<x265.h>" ||
                         name.starts_with("<ebml/") || name.starts_with("<matroska/");
      EXPECT_TRUE(!media || file.folder == "media") << file.path << " includes " << name;
    }
}

TEST(ArchitectureTest, EveryFolderIsATargetOfItsOwn) {
  for (const std::string& folder : test::source_folders())
    EXPECT_THAT(test::read_project_file("src/" + folder + "/CMakeLists.txt"),
                testing::HasSubstr("hevcpool_folder(" + folder + "\n"));
}

bool any_list_names(const std::string& name) {
  for (const std::string folder : {"host", "media", "tasks", "e2e", "cli"})
    if (test::read_project_file("tests/" + folder + "/CMakeLists.txt").find(name) != std::string::npos) return true;
  return false;
}

// By the CMakeLists.txt of its folder or of one above; what tests share, by the list of any of them; a fuzz target
// and an example by the function that makes its program.
bool is_built(const std::string& path) {
  if (path.starts_with("tests/support/")) return any_list_names(path.substr(path.find("support/")));
  if (const std::string targets = "tests/fuzz/targets/"; path.starts_with(targets)) {
    const std::string name = path.substr(targets.size(), path.size() - targets.size() - 4);
    const std::string list = test::read_project_file("tests/fuzz/CMakeLists.txt");
    return name == "driver" || list.find("hevcpool_fuzz_target(" + name + " ") != std::string::npos;
  }
  if (const std::string examples = "tests/examples/"; path.starts_with(examples)) {
    const std::string name = path.substr(examples.size(), path.size() - examples.size() - 4);
    return test::read_project_file("tests/examples/CMakeLists.txt").find("\nhevcpool_example(" + name) != std::string::npos;
  }
  for (auto slash = path.rfind('/'); slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
    const std::string lists = test::read_project_file(path.substr(0, slash) + "/CMakeLists.txt");
    if (lists.find(path.substr(slash + 1)) != std::string::npos) return true;
    if (slash == 0) break;
  }
  return false;
}

TEST(ArchitectureTest, EverySourceIsBuilt) {
  for (const std::string top : {"src", "tests"})
    for (const SourceFile& file : test::source_files(top))
      EXPECT_TRUE(!file.path.ends_with(".cpp") || is_built(file.path)) << file.path;
}

TEST(ArchitectureTest, EveryFileNamesItsLicence) {
  for (const std::string top : {"src", "include", "tests"})
    for (const SourceFile& file : test::source_files(top))
      EXPECT_TRUE(!file.lines.empty() && file.lines[0] == "// SPDX-License-Identifier: GPL-2.0-or-later") << file.path;
}

}  // namespace
}  // namespace hevcpool
