// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/body.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hevcpool::ipc {
namespace {

TEST(BodyTest, RoundTrip) {
  const std::string text(1'000'000, 'q');
  auto file = make_body(text);
  ASSERT_TRUE(file);
  auto read = read_body(file->get(), text.size());
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, text);
}

TEST(BodyTest, CannotBeChangedAfterwards) {
  auto file = make_body("abc");
  ASSERT_TRUE(file);
  EXPECT_LT(::pwrite(file->get(), "x", 1, 0), 0);
  EXPECT_NE(::ftruncate(file->get(), 0), 0);
}

TEST(BodyTest, RejectsWhatIsNotASealedFileOfThatSize) {
  auto file = make_body("abc");
  ASSERT_TRUE(file);
  EXPECT_FALSE(read_body(file->get(), 4));
  EXPECT_FALSE(read_body(file->get(), 2));
  EXPECT_FALSE(read_body(file->get(), std::size_t{1} << 40));
  UniqueFd unsealed(::memfd_create("t", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  ASSERT_EQ(::write(unsealed.get(), "abc", 3), 3);
  EXPECT_FALSE(read_body(unsealed.get(), 3));
  int pipe[2];
  ASSERT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
  UniqueFd reading(pipe[0]), writing(pipe[1]);
  EXPECT_FALSE(read_body(reading.get(), 3));
}

}  // namespace
}  // namespace hevcpool::ipc
