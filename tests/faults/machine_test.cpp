// SPDX-License-Identifier: GPL-2.0-or-later
// What a machine does to a running batch: signals, readers and terminals that go, processes that stop or die, time
// that jumps, memory and processes that run out.
#include "faults/world.h"

#include <fcntl.h>
#include <fmt/ranges.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <set>

namespace hevcpool::faults {
namespace {

using MachineTest = WorldTest;

struct SignalCase {
  int number;
  int status;
};

// The first worker to write is held, so that the signal always meets a running batch.
TEST_F(MachineTest, ASignalEndsTheBatchCleanly) {
  for (const auto& [number, status] : {SignalCase{SIGINT, 130}, {SIGTERM, 143}, {SIGHUP, 129}, {SIGQUIT, 131}}) {
    stage_.reset();
    const Finished finished = with_change_at(kWrite, 1, [number = number](pid_t pid) { ::kill(pid, number); });
    EXPECT_EQ(broken_rule(stage_, finished), "") << ::sigabbrev_np(number) << "\n" << finished.describe();
    EXPECT_EQ(finished.status, status) << ::sigabbrev_np(number) << "\n" << finished.describe();
    const auto summary = finished.events("summary");
    ASSERT_EQ(summary.size(), 1u) << finished.describe();
    add_row(fmt::format("SIG{}", ::sigabbrev_np(number)), 1,
            fmt::format("exit {}, {} cancelled", finished.status, summary[0].value("cancelled", -1)),
            "sources; complete outputs only");
  }
}

TEST_F(MachineTest, AClosedStandardOutputDoesNotStopTheWork) {
  Program program = stage_.command();
  program.close_stdout = true;
  const Finished finished = run(program);
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("standard output closed", 1, fmt::format("exit {}", finished.status), "sources; complete outputs");
}

TEST_F(MachineTest, AReaderThatGoesAwayDoesNotStopTheWork) {
  Program program = stage_.command();
  program.in_child = [] {
    int ends[2];
    if (::pipe(ends) != 0) ::_exit(126);
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  };
  const Finished finished = run(program);
  EXPECT_EQ(finished.signal, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("SIGPIPE: the reader of standard output goes", 1, fmt::format("exit {}", finished.status),
          "sources; complete outputs");
}

TEST_F(MachineTest, AFullStandardOutputDoesNotStopTheWork) {
  Program program = stage_.command();
  program.in_child = [] {
    const int full = ::open("/dev/full", O_WRONLY);
    ::dup2(full, STDOUT_FILENO);
  };
  const Finished finished = run(program);
  EXPECT_EQ(finished.signal, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("standard output on a full disk", 1, fmt::format("exit {}", finished.status), "sources; complete outputs");
}

TEST_F(MachineTest, AStoppedWorkerMeetsTheStallLimit) {
  Program program = stage_.command({"--stall-timeout", "3", "--retries", "0"});
  const Finished finished = stage_.run_with(program, kWrite, Action::stop_self, 1, 0);
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  EXPECT_EQ(finished.status, 1) << finished.describe();
  const auto done = finished.events("done");
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& event) { return event.value("status", "") == "failed"; }), 1)
      << finished.describe();
  add_row("worker stopped by SIGSTOP", 1, seen_by_user(finished), "sources; the other outputs");
}

// What the kernel does to it when memory is short.
TEST_F(MachineTest, AWorkerKilledForMemoryIsTriedAgain) {
  const Finished finished =
      with_change_at(kWrite, 1, [this](pid_t) { ::kill(stage_.plan().victim, SIGKILL); });
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  EXPECT_EQ(finished.status, 0) << finished.describe();
  const auto done = finished.events("done");
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& event) { return event.value("attempts", 0) == 2; }), 1)
      << finished.describe();
  add_row("worker killed (SIGKILL, as for lack of memory)", 1, "exit 0, attempts 2", "sources; complete outputs");
}

// Everything stops, in the middle of a job, for longer than the stall limit, as when a laptop sleeps.
TEST_F(MachineTest, AMachineThatSleepsDoesNotFailItsJobs) {
  const auto suspend = [this](pid_t) {
    const auto all = [this](int number) {
      for (std::uint32_t i = 0; i < stage_.plan().processes; ++i) ::kill(stage_.plan().pids[i], number);
    };
    all(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(6000));  // the sleep is the fault
    all(SIGCONT);
  };
  const Finished finished =
      with_change_at(kWrite, 1, suspend, stage_.command({"--stall-timeout", "4", "--timeout", "60", "--retries", "0"}));
  EXPECT_EQ(finished.status, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  add_row("machine suspended, longer than the stall limit", 1, seen_by_user(finished), "sources; complete outputs");
}

// Forwards and back, from each reading of the clock on.
TEST_F(MachineTest, AClockThatJumpsChangesNothing) {
  constexpr int kDay = 86'400;
  int runs = 0;
  for (const int seconds : {-3650 * kDay, -kDay, kDay, 3650 * kDay})
    for (const std::uint64_t at : {1u, 2u, 5u}) {
      stage_.reset();
      const Program program =
          stage_.command({"--timeout", "60", "--stall-timeout", "30", "--joblog", stage_.folder().string() + ".log"});
      const Finished finished = stage_.run_with(program, kClock, Action::jump_onward, at, seconds);
      EXPECT_EQ(finished.status, 0) << seconds << " s\n" << finished.describe();
      EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << seconds << " s\n" << finished.describe();
      EXPECT_TRUE(at > 1 || stage_.plan().fired > 0) << "nobody read the clock";
      for (const auto& done : finished.events("done")) EXPECT_LT(std::abs(done.value("seconds", 1e9)), 60) << done;
      std::filesystem::remove(stage_.folder().string() + ".log");
      ++runs;
    }
  add_row("clock jumps by days or years", runs, "exit 0", "sources; complete outputs");
}

// fork() fails from the Nth on: of the supervisor, of a worker, of the replacement of a dead one.
TEST_F(MachineTest, ForksThatFailAreSaidOrDoneWithout) {
  int runs = 0;
  std::set<std::string> seen;
  for (const std::uint64_t at : {1u, 2u, 3u}) {
    stage_.reset();
    const Finished finished = stage_.run_with(stage_.command(), kFork, Action::fail_onward, at, EAGAIN);
    EXPECT_EQ(broken_rule(stage_, finished), "") << at << "\n" << finished.describe();
    EXPECT_TRUE(finished.status == 0 || !finished.err.empty()) << finished.describe();
    seen.insert(fmt::format("exit {}{}", finished.status,
                            finished.status ? ": " + finished.err.substr(0, finished.err.find('\n')) : ""));
    ++runs;
  }
  add_row("fork fails with EAGAIN, from the 1st, 2nd, 3rd on", runs, fmt::format("{}", fmt::join(seen, "; ")),
          "sources; complete outputs only");
}

TEST_F(MachineTest, AForkThatFailsOnceCostsNothing) {
  const Finished finished = stage_.run_with(stage_.command(), kFork, Action::fail_once, 2, EAGAIN);
  EXPECT_EQ(finished.status, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  add_row("fork of a worker fails once", 1, "exit 0", "sources; complete outputs");
}

#ifndef HEVCPOOL_SANITIZER
TEST_F(MachineTest, MemoryThatRunsOutIsAFailureWithAReason) {
  int runs = 0;
  std::set<std::string> seen;
  for (const rlim_t mebibytes : {120u, 160u, 200u, 240u, 300u, 400u}) {
    stage_.reset();
    Program program = stage_.command();
    program.in_child = [mebibytes] {
      const rlimit limit{mebibytes << 20, mebibytes << 20};
      ::setrlimit(RLIMIT_AS, &limit);
    };
    const Finished finished = run(program);
    if (finished.status == 127) continue;  // not even its libraries fit
    EXPECT_EQ(broken_rule(stage_, finished), "") << mebibytes << " MiB\n" << finished.describe();
    EXPECT_TRUE(finished.status == 0 || !finished.err.empty()) << finished.describe();
    seen.insert(seen_by_user(finished));
    ++runs;
  }
  add_row("120 to 400 MiB of address space", runs, fmt::format("{}", fmt::join(seen, "; ")),
          "sources; complete outputs only");
}
#endif

// The program leads a session on a terminal, which vanishes as when a window is closed or a connection breaks.
class TerminalTest : public MachineTest {
 protected:
  Finished without_terminal(bool ignore_hangup) {
    int master = -1, slave = -1;
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) throw std::runtime_error("no terminal");
    Program program = stage_.command();
    std::erase(program.arguments, "--json");
    program.in_child = [=] {
      ::setsid();
      ::ioctl(slave, TIOCSCTTY, 0);
      if (ignore_hangup) ::signal(SIGHUP, SIG_IGN);
      for (const int fd : {0, 1, 2}) ::dup2(slave, fd);
      ::close(slave);
      ::close(master);
    };
    const auto hang_up = [=](pid_t) {
      ::close(slave);
      ::close(master);
    };
    return with_change_at(kWrite, 1, hang_up, program);
  }
};

TEST_F(TerminalTest, ATerminalThatIsGoneEndsTheBatch) {
  const Finished finished = without_terminal(false);
  EXPECT_EQ(finished.status, 129) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("terminal gone", 1, fmt::format("exit {}", finished.status), "sources; complete outputs only");
}

TEST_F(TerminalTest, UnderNohupTheBatchGoesOn) {
  const Finished finished = without_terminal(true);
  EXPECT_EQ(finished.status, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  add_row("terminal gone, SIGHUP ignored (nohup)", 1, fmt::format("exit {}", finished.status), "sources; complete outputs");
}

}  // namespace
}  // namespace hevcpool::faults
