// SPDX-License-Identifier: GPL-2.0-or-later
// System calls that fail, at every one of them in turn.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <set>

namespace hevcpool::faults {
namespace {

struct Fault {
  const char* name;
  std::uint32_t calls;
  Action action;
  int error;
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

constexpr Fault kFaults[] = {
    {"disk full from a write on", kWrite, Action::fail_onward, ENOSPC},
    {"disk full within a write", kWrite, Action::short_onward, ENOSPC},
    {"quota exceeded from a write on", kWrite, Action::fail_onward, EDQUOT},
    {"one write fails with EIO", kWrite, Action::fail_once, EIO},
    {"file too large", kWrite, Action::fail_onward, EFBIG},
    {"one read of a source fails with EIO", kRead, Action::fail_once, EIO},
    {"reads fail with EIO from one on", kRead, Action::fail_onward, EIO},
    {"a flush fails with EIO", kFlush, Action::fail_once, EIO},
    {"a flush finds the disk full", kFlush, Action::fail_onward, ENOSPC},
    {"a truncate or reserve fails", kTruncate, Action::fail_once, ENOSPC},
    {"a link finds the disk full", kLink, Action::fail_once, ENOSPC},
    {"links are not permitted", kLink, Action::fail_onward, EPERM},
    {"a name cannot be opened for writing", kOpen, Action::fail_once, EACCES},
    {"descriptors run out", kOpen, Action::fail_onward, EMFILE},
    {"attributes cannot be set", kAttribute, Action::fail_onward, EPERM},
    {"read-only file system", kOpen | kLink | kMakeFolder, Action::fail_onward, EROFS},
};

class InjectedTest : public ::testing::TestWithParam<Fault> {};

TEST_P(InjectedTest, NeverLeavesAPartialOutputOrLosesASource) {
  const Fault& fault = GetParam();
  Stage stage;
  ASSERT_FALSE(reference_outputs().empty());
  ASSERT_EQ(stage.run_with(stage.command(), fault.calls, Action::count, 0, 0).status, 0);
  const std::uint64_t calls = stage.plan().seen;
  std::set<std::string> seen;
  int runs = 0;
  for (const std::uint64_t at : positions(calls)) {
    stage.reset();
    const Finished finished = stage.run_with(stage.command(), fault.calls, fault.action, at, fault.error);
    EXPECT_EQ(broken_rule(stage, finished), "") << "call " << at << " of " << calls << "\n" << finished.describe();
    seen.insert(seen_by_user(finished));
    ++runs;
    if (::testing::Test::HasFailure()) break;
  }
  add_row(fault.name, runs, fmt::format("{}", fmt::join(seen, "; ")), "sources; complete outputs only");
}

std::string name_of(const ::testing::TestParamInfo<Fault>& info) {
  std::string name = info.param.name;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Faults, InjectedTest, ::testing::ValuesIn(kFaults), name_of);

// A full disk is named as such, for the file that met it.
TEST(InjectedMessageTest, AFullDiskIsNamed) {
  Stage stage;
  const Finished finished = stage.run_with(stage.command(), kWrite, Action::fail_onward, 1, ENOSPC);
  EXPECT_EQ(finished.status, 1) << finished.describe();
  const auto done = finished.events("done");
  ASSERT_EQ(done.size(), clips().size());
  for (const auto& event : done) EXPECT_EQ(event["error"].value("code", ""), "ENOSPC") << event.dump();
}

}  // namespace
}  // namespace hevcpool::faults
