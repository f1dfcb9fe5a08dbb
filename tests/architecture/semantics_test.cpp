// SPDX-License-Identifier: GPL-2.0-or-later
// The table of semantics and the tests that it names are the same list.
#include "architecture/source_tree.h"

#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

namespace hevcpool {
namespace {

std::set<std::string> found_in(const std::string& text, const std::regex& pattern, const std::string& prefix = "") {
  std::set<std::string> out;
  for (std::sregex_iterator each(text.begin(), text.end(), pattern), end; each != end; ++each)
    out.insert(prefix + each->str(1));
  return out;
}

TEST(SemanticsTest, EveryRowHasItsTestAndEveryTestItsRow) {
  const auto rows = found_in(test::read_project_file("include/hevcpool/SEMANTICS.md"), std::regex("\\| `([A-Za-z.]+)` \\|\n"));
  auto tests = found_in(test::read_project_file("tests/pool/executor_semantics_test.cpp"),
                        std::regex("TEST_F\\(ExecutorSemanticsTest, ([A-Za-z]+)\\)"));
  tests.merge(found_in(test::read_project_file("tests/host/small_jobs_test.cpp"),
                       std::regex("TEST_F\\(SmallJobsTest, (Map[A-Za-z]+)\\)"), "SmallJobsTest."));
  EXPECT_GT(rows.size(), 20U);
  EXPECT_EQ(rows, tests);
}

}  // namespace
}  // namespace hevcpool
