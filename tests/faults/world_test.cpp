// SPDX-License-Identifier: GPL-2.0-or-later
// The world changes under a running batch: files, folders, limits, signals, terminals.
#include "faults/matrix.h"
#include "faults/stage.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <thread>

namespace hevcpool::faults {
namespace {

namespace fs = std::filesystem;

class WorldTest : public ::testing::Test {
 protected:
  // Waits until the injector has fired.
  bool wait_for_fault() const {
    for (int i = 0; i < 20000 && stage_.plan().fired == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return stage_.plan().fired > 0;
  }

  // Stops the process that makes the `at`th call of the kind, lets `change` happen, lets it go on.
  Finished with_change_at(std::uint32_t calls, std::uint64_t at, const std::function<void(pid_t program)>& change,
                          Program program) {
    program.meanwhile = [this, change](pid_t pid) {
      if (!wait_for_fault()) return;
      change(pid);
      ::kill(stage_.plan().victim, SIGCONT);
    };
    return stage_.run_with(program, calls, Action::stop_self, at, 0);
  }
  Finished with_change_at(std::uint32_t calls, std::uint64_t at, const std::function<void(pid_t program)>& change) {
    return with_change_at(calls, at, change, stage_.command());
  }

  static std::string status_of(const Finished& finished, const std::string& input) {
    for (const auto& done : finished.events("done"))
      if (fs::path(done.value("input", "")).filename() == input) return done.value("status", "");
    return "none";
  }

  Stage stage_;
};

// The file is bigger than one read, or there would be nothing left to miss.
TEST_F(WorldTest, ASourceCutShortWhileItIsReadFails) {
  const Finished finished = with_change_at(kRead, 3, [&](pid_t) {
    for (const auto& [name, bytes] : clips()) fs::resize_file(fs::path(stage_.in()) / name, bytes.size() / 2);
  });
  EXPECT_NE(finished.status, 0) << finished.describe();
  EXPECT_EQ(status_of(finished, "three.avi"), "failed") << finished.describe();
  EXPECT_FALSE(finished.hung || finished.orphans || finished.signal);
  for (const auto& [path, bytes] : stage_.files()) {
    if (!path.starts_with("out/")) continue;
    EXPECT_EQ(bytes, reference_outputs().at(path.substr(4)));
  }
  add_row("source truncated while read", 1, seen_by_user(finished), "the cut source; no output for it");
}

TEST_F(WorldTest, ASourceChangedWhileItIsReadFails) {
  const Finished finished = with_change_at(kRead, 3, [&](pid_t) {
    for (const auto& [name, bytes] : clips()) {
      std::ofstream file(fs::path(stage_.in()) / name, std::ios::binary | std::ios::app);
      file << "more";
    }
  });
  EXPECT_EQ(finished.status, 1) << finished.describe();
  EXPECT_FALSE(finished.hung || finished.orphans || finished.signal);
  add_row("source modified while read", 1, seen_by_user(finished), "the changed source; no output for it");
}

TEST_F(WorldTest, ASourceRemovedWhileItIsReadIsSaid) {
  const Finished finished = with_change_at(kRead, 3, [&](pid_t) { fs::remove_all(stage_.in()); });
  EXPECT_EQ(finished.status, 1) << finished.describe();
  EXPECT_FALSE(finished.hung || finished.orphans || finished.signal);
  add_row("source folder removed", 1, seen_by_user(finished), "complete outputs only");
}

TEST_F(WorldTest, ATargetFolderRemovedIsSaidOrMadeAgain) {
  const Finished finished = with_change_at(kRead, 3, [&](pid_t) { fs::remove_all(stage_.out()); });
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("target folder removed", 1, seen_by_user(finished), "sources; complete outputs only");
}

TEST_F(WorldTest, AReadOnlyTargetIsRefusedBeforeAnythingStarts) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount";
  if (::mount("none", stage_.out().c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0) GTEST_SKIP() << "cannot mount here";
  const Finished finished = run(stage_.command());
  ::umount(stage_.out().c_str());
  EXPECT_EQ(finished.status, 2) << finished.describe();
  EXPECT_NE(finished.err.find(stage_.out()), std::string::npos) << finished.err;
  EXPECT_EQ(broken_rule(stage_, finished), "");
  add_row("read-only target", 1, fmt::format("exit {}: {}", finished.status, finished.err.substr(0, finished.err.find('\n'))), "sources");
}

// A real file system that is full after so many bytes.
TEST_F(WorldTest, ADiskFullAtAnySizeLeavesOnlyCompleteOutputs) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to mount";
  std::uint64_t all = 0;
  for (const auto& [path, bytes] : reference_outputs()) all += bytes.size();
  int runs = 0;
  std::string seen;
  for (const std::uint64_t pages : positions(all / 4096 + 4, 6)) {
    stage_.reset();
    const std::string size = fmt::format("size={}", pages * 4096);
    if (::mount("none", stage_.out().c_str(), "tmpfs", 0, size.c_str()) != 0) GTEST_SKIP() << "cannot mount here";
    const Finished finished = run(stage_.command());
    const std::string broken = broken_rule(stage_, finished);
    ::umount(stage_.out().c_str());
    ASSERT_EQ(broken, "") << size << "\n" << finished.describe();
    if (finished.status != 0) seen = seen_by_user(finished);
    ++runs;
  }
  add_row("disk full (a tmpfs of 1 page and more)", runs, seen, "sources; complete outputs only");
}

TEST_F(WorldTest, AFileSizeLimitIsAnErrorAndNoCrash) {
  Program program = stage_.command();
  program.in_child = [] {
    const rlimit limit{2000, 2000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  };
  const Finished finished = run(program);
  EXPECT_EQ(finished.status, 1) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("file size limit (RLIMIT_FSIZE)", 1, seen_by_user(finished), "sources; complete outputs only");
}

TEST_F(WorldTest, FewDescriptorsAreEnoughOrSaid) {
  int runs = 0;
  std::string seen;
  for (const unsigned files : {8u, 12u, 16u, 20u, 24u, 32u}) {
    stage_.reset();
    Program program = stage_.command();
    program.in_child = [files] {
      const rlimit limit{files, files};
      ::setrlimit(RLIMIT_NOFILE, &limit);
    };
    const Finished finished = run(program);
    ASSERT_EQ(broken_rule(stage_, finished), "") << files << " descriptors\n" << finished.describe();
    if (finished.status != 0) {
      EXPECT_FALSE(finished.err.empty() && finished.events("done").empty());
      seen = seen_by_user(finished);
    }
    ++runs;
  }
  add_row("descriptor limit of 8 to 32", runs, seen, "sources; complete outputs only");
}

TEST_F(WorldTest, APermissionDeniedIsOneFailedJob) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  Program program = stage_.command();
  ::chmod(stage_.folder().c_str(), 0755);
  for (const auto& [name, bytes] : clips()) ::chmod((stage_.in() + "/" + name).c_str(), 0644);
  ::chmod((stage_.in() + "/one.mp4").c_str(), 0600);
  ::chmod(stage_.in().c_str(), 0755);
  ::chmod(stage_.out().c_str(), 0777);
  program.in_child = [] {
    if (::setgroups(0, nullptr) != 0 || ::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(126);
  };
  const Finished finished = run(program);
  if (finished.status == 127) GTEST_SKIP() << "the program cannot be reached by another user here";
  EXPECT_EQ(finished.status, 1) << finished.describe();
  EXPECT_EQ(status_of(finished, "one.mp4"), "failed") << finished.describe();
  EXPECT_EQ(status_of(finished, "two.mkv"), "ok") << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished), "");
  add_row("source that may not be read", 1, seen_by_user(finished), "sources; the other outputs");
}

TEST_F(WorldTest, ANameTooLongForItsOutputIsOneFailedJob) {
  const std::string name = std::string(251, 'n') + ".mp4";  // the output's name is longer
  std::ofstream(fs::path(stage_.in()) / name, std::ios::binary) << clips().at("one.mp4");
  const Finished finished = run(stage_.command({}, true));
  EXPECT_FALSE(finished.hung || finished.orphans || finished.signal) << finished.describe();
  EXPECT_NE(finished.status, 0) << finished.describe();
  for (const auto& [path, bytes] : stage_.files()) EXPECT_EQ(path.find(".part"), std::string::npos) << path;
  add_row("output name too long", 1, seen_by_user(finished) + finished.err.substr(0, finished.err.find('\n')), "sources; the other outputs");
}

struct SignalCase {
  int number;
  int status;
};

// The first worker to write is held, so that the signal always meets a running batch.
TEST_F(WorldTest, ASignalEndsTheBatchCleanly) {
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

TEST_F(WorldTest, AClosedStandardOutputDoesNotStopTheWork) {
  Program program = stage_.command();
  program.close_stdout = true;
  const Finished finished = run(program);
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  add_row("standard output closed", 1, fmt::format("exit {}", finished.status), "sources; complete outputs");
}

TEST_F(WorldTest, AReaderThatGoesAwayDoesNotStopTheWork) {
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

TEST_F(WorldTest, AFullStandardOutputDoesNotStopTheWork) {
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

TEST_F(WorldTest, AStoppedWorkerMeetsTheStallLimit) {
  Program program = stage_.command({"--stall-timeout", "1", "--retries", "0"});
  const Finished finished = stage_.run_with(program, kWrite, Action::stop_self, 1, 0);
  EXPECT_EQ(broken_rule(stage_, finished), "") << finished.describe();
  EXPECT_EQ(finished.status, 1) << finished.describe();
  const auto done = finished.events("done");
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& event) { return event.value("status", "") == "failed"; }), 1)
      << finished.describe();
  add_row("worker stopped by SIGSTOP", 1, seen_by_user(finished), "sources; the other outputs");
}

// What the kernel does to it when memory is short.
TEST_F(WorldTest, AWorkerKilledForMemoryIsTriedAgain) {
  const Finished finished =
      with_change_at(kWrite, 1, [this](pid_t) { ::kill(stage_.plan().victim, SIGKILL); });
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  EXPECT_EQ(finished.status, 0) << finished.describe();
  const auto done = finished.events("done");
  EXPECT_EQ(std::ranges::count_if(done, [](const auto& event) { return event.value("attempts", 0) == 2; }), 1)
      << finished.describe();
  add_row("worker killed (SIGKILL, as for lack of memory)", 1, "exit 0, attempts 2", "sources; complete outputs");
}

// Everything stops for longer than the stall limit, as when a laptop sleeps.
TEST_F(WorldTest, AMachineThatSleepsDoesNotFailItsJobs) {
  Program program = stage_.command();
  program.meanwhile = [this](pid_t) {
    const auto all = [this](int number) {
      for (std::uint32_t i = 0; i < stage_.plan().processes; ++i) ::kill(stage_.plan().pids[i], number);
    };
    for (int i = 0; i < 5000 && stage_.plan().seen == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    all(SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(1500));  // the sleep is the fault
    all(SIGCONT);
  };
  const Finished finished = stage_.run_with(program, kWrite, Action::count, 0, 0);
  EXPECT_EQ(finished.status, 0) << finished.describe();
  EXPECT_EQ(broken_rule(stage_, finished, {.finished = true}), "") << finished.describe();
  add_row("machine suspended", 1, seen_by_user(finished), "sources; complete outputs");
}

}  // namespace
}  // namespace hevcpool::faults
