// SPDX-License-Identifier: GPL-2.0-or-later
// The whole tree is killed with -9 before and after each system call that commits an output, and the command is
// run again: every name holds the old or the complete new file in between, and in the end all is done.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <thread>

namespace hevcpool::faults {
namespace {

constexpr std::uint32_t kCommit =
    kFlush | kTruncate | kLink | kRename | kUnlink | kMakeFolder | kOpen | kAttribute;

struct Sequence {
  const char* name;
  std::vector<std::string> options;
  bool beside;          // outputs beside their sources
  bool old_outputs;     // there is something to overwrite
};
void PrintTo(const Sequence& sequence, std::ostream* out) { *out << sequence.name; }

class CrashTest : public ::testing::TestWithParam<Sequence> {
 protected:
  void prepare(const Sequence& sequence) {
    stage_.reset();
    if (!sequence.old_outputs) return;
    for (const auto& [path, bytes] : reference_outputs())
      std::ofstream(std::filesystem::path(stage_.out()) / path) << kOld;
  }

  // The rules, where an old output counts as complete.
  std::string broken(const Sequence& sequence, const Finished& finished, bool died) const {
    Rules rules{.replaced = sequence.beside, .died = died, .finished = !died};
    if (!sequence.old_outputs || !died) return broken_rule(stage_, finished, rules);
    for (const auto& [path, bytes] : stage_.files())
      if (path.starts_with("out/") && reference_outputs().contains(path.substr(4)) && bytes != kOld &&
          bytes != reference_outputs().at(path.substr(4)))
        return path + " is neither the old nor the new file";
    return finished.orphans ? "processes are left" : "";
  }

  static constexpr const char* kOld = "the old output";
  Stage stage_;
};

TEST_P(CrashTest, OldOrNewAtEveryStepAndDoneInTheEnd) {
  const Sequence& sequence = GetParam();
  const Program program = stage_.command(sequence.options, sequence.beside);
  prepare(sequence);
  const Finished whole = stage_.run_with(program, kCommit, Action::count, 0, 0);
  ASSERT_EQ(whole.status, 0) << whole.describe();
  const std::uint64_t calls = stage_.plan().seen;
  ASSERT_GT(calls, 0u);
  int runs = 0;
  for (const std::uint64_t at : positions(calls))
    for (const Action action : {Action::kill_tree, Action::kill_tree_after}) {
      prepare(sequence);
      const Finished killed = stage_.run_with(program, kCommit, action, at, 0);
      const bool died = stage_.plan().fired > 0;
      ASSERT_EQ(broken(sequence, killed, died), "") << "killed at call " << at << "\n" << killed.describe();
      const Finished again = run(program);
      ASSERT_EQ(again.status, 0) << "after call " << at << "\n" << again.describe();
      ASSERT_EQ(broken(sequence, again, false), "") << "run again after call " << at << "\n" << again.describe();
      ++runs;
    }
  add_row(fmt::format("kill -9 of all, {} ({} calls)", sequence.name, calls), runs, "killed; the next run: exit 0",
          "old or complete new file; after the next run all new");
}

const Sequence kSequences[] = {
    {"new outputs", {}, false, false},
    {"overwritten outputs", {"--overwrite"}, false, true},
    {"replaced sources", {"--replace"}, true, false},
};
std::string sequence_name(const ::testing::TestParamInfo<Sequence>& info) {
  std::string name = info.param.name;
  std::ranges::replace_if(name, [](unsigned char c) { return !std::isalnum(c); }, '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sequences, CrashTest, ::testing::ValuesIn(kSequences), sequence_name);

std::vector<pid_t> registered(const FaultPlan& plan) {
  std::vector<pid_t> pids;
  for (std::uint32_t i = 0; i < plan.processes && i < kMostProcesses; ++i) pids.push_back(plan.pids[i]);
  return pids;
}

// Host, supervisor or a worker, at a random moment. HEVCPOOL_KILLS sets how often, HEVCPOOL_SEED which moments.
TEST(RandomKillTest, NothingIsLostAndTheNextRunCompletes) {
  const auto kills = number_from_environment("HEVCPOOL_KILLS", 8);
  std::mt19937_64 random(number_from_environment("HEVCPOOL_SEED", 1));
  Stage stage;
  const double whole = stage.run_with(stage.command(), kWrite, Action::count, 0, 0).seconds;
  for (std::uint64_t i = 0; i < kills; ++i) {
    stage.reset();
    Program program = stage.command();
    const auto after = std::chrono::duration<double>(whole * std::uniform_real_distribution(0.0, 1.0)(random));
    const std::uint64_t which = random();
    program.meanwhile = [&](pid_t) {
      std::this_thread::sleep_for(after);  // the moment is the point
      const auto pids = registered(stage.plan());
      if (!pids.empty()) ::kill(pids[which % pids.size()], SIGKILL);
    };
    const Finished killed = stage.run_with(program, kWrite, Action::count, 0, 0);
    const bool host_died = killed.signal == SIGKILL;
    ASSERT_EQ(broken_rule(stage, killed, {.died = host_died}), "") << "kill " << i << "\n" << killed.describe();
    const Finished again = run(stage.command());
    ASSERT_EQ(again.status, 0) << again.describe();
    ASSERT_EQ(broken_rule(stage, again, {.finished = true}), "") << "kill " << i << "\n" << again.describe();
  }
  add_row("kill -9 of host, supervisor or worker at a random moment", static_cast<int>(kills),
          "killed, or pool_lost, or a retry; the next run: exit 0", "sources; complete outputs only");
}

}  // namespace
}  // namespace hevcpool::faults
