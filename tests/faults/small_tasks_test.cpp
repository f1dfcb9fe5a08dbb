// SPDX-License-Identifier: GPL-2.0-or-later
// The small jobs under the faults that encodes are under: no partial output ever has its final name.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <set>

namespace hevcpool::faults {
namespace {

constexpr std::uint32_t kCallsOfCommit = kFlush | kLink | kRename | kUnlink | kMakeFolder | kOpen | kAttribute;
constexpr const char* kOld = "made by an earlier run";

struct Case {
  const char* name;
  std::vector<std::string> arguments;  // "IN" stands for the folder with the sources
};
void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

bool is_output(const std::string& path) { return !clips().contains(path.substr(path.find('/') + 1)); }

class SmallTaskFaultTest : public ::testing::TestWithParam<Case> {
 protected:
  Program command() const {
    Program program;
    for (const std::string& each : GetParam().arguments) program.arguments.push_back(each == "IN" ? stage.in() : each);
    program.arguments.insert(program.arguments.end(), {"--json", "-j", "1", "--overwrite"});
    return program;
  }

  // What an undisturbed run leaves.
  Files whole() {
    stage.reset();
    const Finished finished = run(command());
    EXPECT_EQ(finished.status, 0) << finished.describe();
    Files files = stage.files();
    EXPECT_EQ(files.size(), 2 * clips().size());
    return files;
  }

  // Empty, or what is wrong: every file is a source, what an undisturbed run makes, or what was there before.
  std::string broken(const Finished& finished, const Files& whole, bool died) const {
    if (finished.hung) return "it hung";
    if (finished.orphans) return "processes are left";
    for (const auto& [path, bytes] : stage.files()) {
      const std::string name = std::filesystem::path(path).filename();
      if (died && name.starts_with('.') && name.ends_with(".part")) continue;
      const auto wanted = whole.find(path);
      if (wanted == whole.end()) return path + " does not belong here";
      const bool is_old = is_output(path) && bytes == kOld;
      if (bytes != wanted->second && !is_old) return path + " is not complete";
    }
    for (const auto& [name, bytes] : clips())
      if (!stage.files().contains("in/" + name)) return "the source " + name + " is lost";
    return "";
  }

  void lay_old_outputs(const Files& whole) const {
    for (const auto& [path, bytes] : whole)
      if (is_output(path)) std::ofstream(stage.folder() / path, std::ios::binary) << kOld;
  }

  void expect_whole(const char* what, std::uint32_t calls, Action action, int error, bool died, bool old) {
    const Files files = whole();
    const auto start_over = [&] {
      stage.reset();
      if (old) lay_old_outputs(files);
    };
    start_over();
    ASSERT_EQ(stage.run_with(command(), calls, Action::count, 0, 0).status, 0);
    const std::uint64_t total = stage.plan().seen;
    ASSERT_GT(total, 0u);
    std::set<std::string> seen;
    const auto places = positions(total, 12);
    for (const std::uint64_t at : places) {
      start_over();
      const Finished finished = stage.run_with(command(), calls, action, at, error);
      EXPECT_GT(stage.plan().fired, 0u);
      ASSERT_EQ(broken(finished, files, died), "") << "call " << at << " of " << total << "\n" << finished.describe();
      if (!died) {
        EXPECT_EQ(finished.status, 1) << finished.describe();
        seen.insert(seen_by_user(finished));
      }
    }
    add_row(std::string(GetParam().name) + ": " + what, static_cast<int>(places.size()),
            died ? "killed" : fmt::format("{}", fmt::join(seen, "; ")), "sources; complete outputs only");
  }

  Stage stage;
};

TEST_P(SmallTaskFaultTest, AFullDiskLeavesNoPartialOutput) {
  expect_whole("disk full from a write on", kWrite, Action::fail_onward, ENOSPC, false, false);
  expect_whole("disk full within a write", kWrite, Action::short_onward, ENOSPC, false, true);
}

TEST_P(SmallTaskFaultTest, AFlushThatFailsGivesNoName) {
  expect_whole("a flush finds the disk full", kFlush, Action::fail_onward, ENOSPC, false, true);
}

TEST_P(SmallTaskFaultTest, AKillAtAnyCallOfTheCommitLeavesNoPartialOutput) {
  expect_whole("killed before a call of the commit", kCallsOfCommit, Action::kill_tree, 0, true, false);
  expect_whole("killed after a call of the commit", kCallsOfCommit, Action::kill_tree_after, 0, true, true);
}

INSTANTIATE_TEST_SUITE_P(Tasks, SmallTaskFaultTest,
                         ::testing::Values(Case{"clip", {"clip", "IN", "--exact", "--preset", "ultrafast"}},
                                           Case{"thumbnail", {"thumbnail", "IN"}}),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace hevcpool::faults
