// SPDX-License-Identifier: GPL-2.0-or-later
// The README and the pages of docs: their size, their first lines, and that their links lead somewhere.
#include "architecture/source_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>

namespace hevcpool {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = HEVCPOOL_SOURCE_DIR;

std::vector<std::string> documents() {
  std::vector<std::string> names{"README.md"};
  for (const auto& entry : fs::directory_iterator(kRoot / "docs")) names.push_back("docs/" + entry.path().filename().native());
  return names;
}

TEST(DocumentsTest, TheReadmeHasAtMost180Lines) {
  const std::string text = test::read_project_file("README.md");
  EXPECT_LE(std::ranges::count(text, '\n'), 180);
  EXPECT_GT(text.size(), 1000U);
}

TEST(DocumentsTest, EachPageSaysFirstForWhomItIs) {
  for (const std::string& name : documents())
    EXPECT_TRUE(name == "README.md" || test::read_project_file(name).starts_with("For ")) << name;
}

TEST(DocumentsTest, LinksLeadToFiles) {
  const std::regex link(R"(\]\(([^)#:]+)\))");
  std::size_t links = 0;
  for (const std::string& name : documents()) {
    const std::string text = test::read_project_file(name);
    for (std::sregex_iterator each(text.begin(), text.end(), link), end; each != end; ++each, ++links)
      EXPECT_TRUE(fs::exists((kRoot / name).parent_path() / each->str(1))) << name << ": " << each->str(1);
  }
  EXPECT_GT(links, 10U);
}

// `src/...` and the like in the page about the architecture.
TEST(DocumentsTest, TheRoomsThatAreNamedAreThere) {
  const std::string text = test::read_project_file("docs/architecture.md");
  for (const std::string& folder : test::source_folders())
    EXPECT_TRUE(folder == "cli" || text.find("`src/" + folder + "`") != std::string::npos) << folder;  // main() is in cli
}

}  // namespace
}  // namespace hevcpool
