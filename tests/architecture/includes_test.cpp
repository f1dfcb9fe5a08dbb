// SPDX-License-Identifier: GPL-2.0-or-later
// The arrows: which folder of src may include which, and which room of a folder which other.
#include "architecture/source_tree.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

namespace hevcpool {
namespace {

using test::SourceFile;

using Arrows = std::map<std::string, std::set<std::string>>;

// Public headers (<hevcpool/...>) are open to all; a folder may always include itself.
const Arrows kFolders = {
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

// Within a folder. A file that is in no room may include every room.
const std::map<std::string, Arrows> kRooms = {
    {"media",
     {{"libav", {}},
      {"hevc", {"libav"}},
      {"containers", {"libav"}},
      {"sample", {"libav"}},
      {"input", {"containers", "libav"}},
      {"audio", {"input", "libav"}},
      {"mux", {"audio", "containers", "input", "libav"}},
      {"probe", {"input", "libav"}},
      {"frames", {"input", "libav"}},
      {"still", {"input", "libav"}},
      {"video", {"hevc", "input", "libav"}},
      {"plan", {"audio", "containers", "hevc", "input", "libav", "mux", "video"}},
      {"convert", {"audio", "input", "libav", "mux", "plan", "video"}},
      {"extract", {"audio", "convert", "input", "libav"}},
      {"verify", {"convert", "input", "libav", "plan", "video"}},
      {"segment", {"convert", "input", "libav", "plan", "video"}},
      {"clip", {"convert", "hevc", "input", "libav", "mux", "plan", "segment", "video"}}}},
    {"plan", {{"schedule", {}}, {"paths", {}}}},
    {"cli",
     {{"term", {}},
      {"docs", {"term"}},
      {"options", {"term"}},
      {"jobs", {"term"}},
      {"report", {"options", "term"}},
      {"bench", {"term"}},
      {"run", {"jobs", "options", "report", "term"}},
      {"profile", {"options", "report", "run", "term"}},
      {"commands", {"bench", "jobs", "options", "report", "run", "term"}}}},
};

bool allowed(const Arrows& arrows, const std::string& from, const std::string& to) {
  const auto found = arrows.find(from);
  return from == to || (found != arrows.end() && found->second.contains(to));
}

// "folder/room/file.h" or "folder/file.h", in its parts; the room may be empty.
struct Place {
  std::string folder, room;
};
Place place_of(const std::string& path) {
  const auto first = path.find('/'), last = path.rfind('/');
  return {path.substr(0, first), last > first ? path.substr(first + 1, last - first - 1) : ""};
}

bool may_include(const SourceFile& file, const std::string& header) {
  const Place from = place_of(file.path.substr(std::string("src/").size())), to = place_of(header);
  if (from.folder != to.folder) return allowed(kFolders, from.folder, to.folder);
  const auto rooms = kRooms.find(to.folder);
  return rooms == kRooms.end() || from.room.empty() || allowed(rooms->second, from.room, to.room);
}

// A room or folder that leads back to itself; empty: there is none.
std::string cycle_in(const Arrows& arrows) {
  std::map<std::string, std::set<std::string>> reached = arrows;
  for (std::size_t round = 0; round < arrows.size(); ++round)
    for (auto& [name, all] : reached) {
      const std::set<std::string> direct = all;
      for (const std::string& next : direct)
        if (const auto further = reached.find(next); further != reached.end())
          all.insert(further->second.begin(), further->second.end());
    }
  for (const auto& [name, all] : reached)
    if (all.contains(name)) return name;
  return "";
}

TEST(ArchitectureTest, EveryFolderAndRoomOfSrcHasItsArrows) {
  for (const SourceFile& file : test::source_files("src")) {
    const Place place = place_of(file.path.substr(std::string("src/").size()));
    EXPECT_TRUE(kFolders.contains(place.folder)) << file.path;
    const auto rooms = kRooms.find(place.folder);
    EXPECT_TRUE(place.room.empty() || (rooms != kRooms.end() && rooms->second.contains(place.room))) << file.path;
  }
}

TEST(ArchitectureTest, NoArrowsLeadBack) {
  EXPECT_EQ(cycle_in(kFolders), "");
  for (const auto& [folder, rooms] : kRooms) EXPECT_EQ(cycle_in(rooms), "") << folder;
  EXPECT_EQ(cycle_in({{"a", {"b"}}, {"b", {"c"}}, {"c", {"a"}}}), "a");
}

TEST(ArchitectureTest, IncludesFollowTheArrows) {
  for (const SourceFile& file : test::source_files("src"))
    for (const std::string& line : file.lines) {
      const std::string name = test::included(line);
      if (!name.starts_with('"')) continue;
      const std::string header = name.substr(1, name.size() - 2);
      ASSERT_NE(header.find('/'), std::string::npos) << file.path << ": " << line << ": write folder/file.h";
      EXPECT_TRUE(may_include(file, header)) << file.path << " must not include " << name;
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
      EXPECT_TRUE(!media || place_of(file.folder).folder == "media") << file.path << " includes " << name;
    }
}

TEST(ArchitectureTest, EveryFolderAndRoomIsATargetOfItsOwn) {
  for (const std::string& folder : test::source_folders()) {
    if (kRooms.contains(folder)) continue;  // a list of rooms
    std::string target = folder;
    std::ranges::replace(target, '/', '_');
    EXPECT_THAT(test::read_project_file("src/" + folder + "/CMakeLists.txt"),
                testing::HasSubstr("hevcpool_folder(" + target + "\n"));
  }
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
