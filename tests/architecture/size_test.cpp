// SPDX-License-Identifier: GPL-2.0-or-later
// The limits of size: a file below 400 lines, a function below 60.
#include "architecture/source_tree.h"

#include <gtest/gtest.h>

namespace hevcpool {
namespace {

using test::SourceFile;

// The longest run of lines from one that opens a brace at the outermost level of functions to the brace that ends
// it. By the layout of the sources such a line begins in column 0 or, in a class, 2, and its end is "}" there.
std::size_t longest_function(const SourceFile& file, std::string& where) {
  std::size_t longest = 0;
  for (const std::string indent : {"", "  "}) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      const bool here = line.starts_with(indent) && line.size() > indent.size() && line[indent.size()] != ' ';
      const bool opens = here && line.ends_with('{') && line.find('(') != std::string::npos;
      if (opens) start = i + 1;
      if (line != indent + "}" || start == 0) continue;
      if (i + 1 - start > longest) longest = i + 1 - start, where = file.lines[start - 1];
      start = 0;
    }
  }
  return longest;
}

TEST(SizeTest, FilesStayBelowFourHundredLines) {
  for (const std::string top : {"src", "include"})
    for (const SourceFile& file : test::source_files(top)) EXPECT_LE(file.lines.size(), 400U) << file.path;
  // A fixture and many small cases of one type may stay together a little longer.
  for (const SourceFile& file : test::source_files("tests")) EXPECT_LE(file.lines.size(), 500U) << file.path;
}

TEST(SizeTest, FunctionsStayBelowSixtyLines) {
  for (const SourceFile& file : test::source_files("src")) {
    std::string where;
    EXPECT_LE(longest_function(file, where), 60U) << file.path << ": " << where;
  }
}

}  // namespace
}  // namespace hevcpool
