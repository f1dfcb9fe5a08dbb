// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/landlock.h"

#include "base/unique_fd.h"
#include "sandbox/confined_child.h"
#include "sandbox/privileges.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace hevcpool::sandbox {
namespace {

// A folder that dies with the test.
class LandlockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (landlock_version() < 1) GTEST_SKIP() << "no Landlock here";
    std::string name = ::testing::TempDir() + "landlock.XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    std::filesystem::create_directory(scratch());
    std::ofstream(outside()) << "secret";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string scratch() const { return folder_ + "/scratch"; }
  std::string outside() const { return folder_ + "/outside"; }

  ChildOutcome restricted(const std::function<std::string()>& attempt) const {
    return in_child([&] {
      forbid_new_privileges();
      const Layer layer = restrict_paths({.scratch_folder = scratch(), .read_only = {}});
      return layer.active ? attempt() : "inactive: " + layer.detail;
    });
  }
  static std::string try_open(const std::string& path, int flags) {
    const UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, 0600));
    return outcome_of(fd.get());
  }

  std::string folder_;
};

TEST_F(LandlockTest, FilesOutsideCannotBeReadOrWritten) {
  EXPECT_EQ(restricted([&] { return try_open(outside(), O_RDONLY); }).said, "EACCES");
  EXPECT_EQ(restricted([&] { return try_open(outside(), O_WRONLY); }).said, "EACCES");
  EXPECT_EQ(restricted([&] { return try_open("/etc/passwd", O_RDONLY); }).said, "EACCES");
  EXPECT_EQ(restricted([&] { return try_open(folder_ + "/new", O_WRONLY | O_CREAT); }).said, "EACCES");
}

TEST_F(LandlockTest, FilesOutsideCannotBeRemovedOrRenamedOrCut) {
  EXPECT_EQ(restricted([&] { return outcome_of(::unlink(outside().c_str())); }).said, "EACCES");
  EXPECT_EQ(restricted([&] {
              return outcome_of(::rename(outside().c_str(), (scratch() + "/mine").c_str()));
            }).said.substr(0, 1), "E");
  EXPECT_EQ(restricted([&] { return outcome_of(::truncate(outside().c_str(), 0)); }).said,
            landlock_version() >= 3 ? "EACCES" : "ok");
}

TEST_F(LandlockTest, ScratchFolderWorks) {
  const auto outcome = restricted([&] {
    const std::string file = scratch() + "/stats.temp", final = scratch() + "/stats";
    std::string said = try_open(file, O_RDWR | O_CREAT | O_TRUNC);
    said += " " + outcome_of(::rename(file.c_str(), final.c_str()));
    said += " " + outcome_of(::unlink(final.c_str()));
    return said + " " + outcome_of(::mkdir((scratch() + "/d").c_str(), 0700));
  });
  EXPECT_EQ(outcome.said, "ok ok ok ok");
}

TEST_F(LandlockTest, ASymbolicLinkDoesNotLeadOut) {
  std::filesystem::create_symlink(outside(), scratch() + "/link");
  EXPECT_EQ(restricted([&] { return try_open(scratch() + "/link", O_RDONLY); }).said, "EACCES");
}

TEST_F(LandlockTest, APassedDescriptorCannotBeReopenedForMore) {
  const auto outcome = in_child([&] {
    const UniqueFd source(::open(outside().c_str(), O_RDONLY | O_CLOEXEC));
    forbid_new_privileges();
    restrict_paths({.scratch_folder = scratch(), .read_only = {}});
    char byte = 0;
    if (::pread(source.get(), &byte, 1, 0) != 1) return std::string("cannot read");
    return try_open("/proc/self/fd/" + std::to_string(source.get()), O_RDWR);
  });
  EXPECT_EQ(outcome.said, "EACCES");
}

TEST_F(LandlockTest, SystemLibrariesAndRandomAreReadable) {
  EXPECT_EQ(restricted([] { return try_open("/etc/ld.so.cache", O_RDONLY); }).said, "ok");
  EXPECT_EQ(restricted([] { return try_open("/dev/urandom", O_RDONLY); }).said, "ok");
  EXPECT_EQ(restricted([] { return try_open("/usr/lib", O_RDONLY | O_DIRECTORY); }).said, "ok");
  EXPECT_EQ(restricted([] { return try_open("/usr/lib/new", O_WRONLY | O_CREAT); }).said, "EACCES");
}

TEST_F(LandlockTest, AnotherProcessIsHidden) {
  const std::string environ = "/proc/" + std::to_string(::getpid()) + "/environ";
  EXPECT_EQ(restricted([&] { return try_open(environ, O_RDONLY); }).said, "EACCES");
  EXPECT_EQ(restricted([] { return try_open("/proc/self/status", O_RDONLY); }).said, "ok");
}

TEST_F(LandlockTest, NoTcp) {
  if (landlock_version() < 4) GTEST_SKIP() << "Landlock here does not know TCP";
  const auto outcome = restricted([] {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(9);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return outcome_of(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
  });
  EXPECT_EQ(outcome.said, "EACCES");
}

TEST_F(LandlockTest, NoSignalLeaves) {
  if (landlock_version() < 6) GTEST_SKIP() << "Landlock here does not know signals";
  const int parent = ::getpid();
  EXPECT_EQ(restricted([&] { return outcome_of(::kill(parent, 0)); }).said, "EPERM");
  EXPECT_EQ(restricted([] { return outcome_of(::kill(::getpid(), 0)); }).said, "ok");
}

TEST_F(LandlockTest, AMissingScratchFolderIsReported) {
  const auto outcome = in_child([] {
    forbid_new_privileges();
    const Layer layer = restrict_paths({.scratch_folder = "/does/not/exist", .read_only = {}});
    return std::string(layer.active ? "active" : layer.detail);
  });
  EXPECT_NE(outcome.said.find("/does/not/exist"), std::string::npos);
}

}  // namespace
}  // namespace hevcpool::sandbox
