// SPDX-License-Identifier: GPL-2.0-or-later
// In the background: stopped and continued with the terminal's keys, at a low priority, on chosen CPUs.
#include "e2e/running.h"
#include "e2e/stage.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

namespace hevcpool::e2e {
namespace {

// 'T': stopped. 0: gone.
char state_of(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto end = text.rfind(')');
  return end == std::string::npos || end + 2 >= text.size() ? '\0' : text[end + 2];
}

bool all_stopped(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids)
    if (state_of(pid) != 'T') return false;
  return !pids.empty();
}

bool none_stopped(const std::vector<pid_t>& pids) {
  for (const pid_t pid : pids)
    if (state_of(pid) == 'T') return false;
  return true;
}

template <class Condition>
bool comes_true(Running& program, Condition condition) {
  for (int turns = 0; turns < 12000 && !condition(); ++turns) program.watch(std::chrono::milliseconds(5));
  return condition();
}

std::vector<std::string> background_batch(const Stage& stage, std::vector<std::string> more = {}) {
  std::vector<std::string> words{"encode", "-j", "2", "--preset", "slow", "--json", stage.in(), "-o", stage.out()};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

class BackgroundTest : public ::testing::Test {
 protected:
  Stage stage{4};
};

TEST_F(BackgroundTest, TheStopKeyStopsWorkersTooAndTheyGoOn) {
  Running program(background_batch(stage, {"--stall-timeout", "30"}));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  const auto workers = program.workers();
  program.send(SIGTSTP);
  EXPECT_TRUE(comes_true(program, [&] { return all_stopped(workers) && state_of(program.pid()) == 'T'; }));
  program.send(SIGCONT);
  EXPECT_TRUE(comes_true(program, [&] { return none_stopped(workers); }));
  EXPECT_EQ(program.wait().exit_code, 0) << program.err();
  EXPECT_EQ(Stage::files(stage.out()), Stage::files(stage.in()));
  EXPECT_EQ(orphans(), 0);
}

TEST_F(BackgroundTest, ItCanBeKilledWhileItIsStopped) {
  Running program(background_batch(stage));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  const auto workers = program.workers();
  program.send(SIGTSTP);
  ASSERT_TRUE(comes_true(program, [&] { return all_stopped(workers) && state_of(program.pid()) == 'T'; }));
  program.send(SIGKILL);
  EXPECT_EQ(program.wait().signal, SIGKILL);
  EXPECT_EQ(orphans(), 0);
}

TEST_F(BackgroundTest, AnInterruptAfterAStopEndsIt) {
  Running program(background_batch(stage));
  ASSERT_TRUE(program.wait_for("\"progress\""));
  program.send(SIGTSTP);
  ASSERT_TRUE(comes_true(program, [&] { return state_of(program.pid()) == 'T'; }));
  program.send(SIGINT);
  program.send(SIGCONT);
  EXPECT_EQ(program.wait().exit_code, 130);
  EXPECT_EQ(orphans(), 0);
}

TEST_F(BackgroundTest, WorkersAreNiceIdleAndPinned) {
  const int own = ::getpriority(PRIO_PROCESS, 0);
  Running program(background_batch(stage, {"--nice", "3", "--idle", "--pin", "cpu"}));
  // Not their progress: where somebody else wants the CPUs, there is none.
  EXPECT_TRUE(comes_true(program, [&] {
    const auto workers = program.workers();
    return workers.size() == 2 && std::ranges::all_of(workers, [&](pid_t worker) {
             cpu_set_t set;
             return ::getpriority(PRIO_PROCESS, static_cast<id_t>(worker)) == std::min(own + 3, 19) &&
                    ::sched_getscheduler(worker) == SCHED_IDLE && ::sched_getaffinity(worker, sizeof set, &set) == 0 &&
                    CPU_COUNT(&set) == 1;
           });
  }));
  EXPECT_EQ(::getpriority(PRIO_PROCESS, static_cast<id_t>(program.pid())), own);
  program.send(SIGINT);
  EXPECT_EQ(program.wait().exit_code, 130);
}

}  // namespace
}  // namespace hevcpool::e2e
