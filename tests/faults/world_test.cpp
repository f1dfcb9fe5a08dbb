// SPDX-License-Identifier: GPL-2.0-or-later
// The world changes under a running batch: files, folders, permissions, limits.
#include "faults/world.h"

#include <fmt/format.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace hevcpool::faults {
namespace {

namespace fs = std::filesystem;

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

}  // namespace
}  // namespace hevcpool::faults
