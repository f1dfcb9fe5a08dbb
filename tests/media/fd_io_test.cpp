// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/fd_io.h"

#include "base/unique_fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace hevcpool::media {
namespace {

UniqueFd memory_file(std::string_view content = {}) {
  UniqueFd fd(memfd_create("fd_io", MFD_CLOEXEC));
  EXPECT_EQ(write(fd.get(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
  return fd;
}

TEST(FdIoTest, ReadsFromItsOwnPositionWhateverTheSharedOffsetIs) {
  const UniqueFd fd = memory_file("0123456789");
  ASSERT_EQ(lseek(fd.get(), 7, SEEK_SET), 7);
  auto io = FdIo::create(fd.get(), FdIo::Mode::read);
  ASSERT_TRUE(io);
  std::string text(10, ' ');
  EXPECT_EQ(avio_read((*io)->context(), reinterpret_cast<unsigned char*>(text.data()), 10), 10);
  EXPECT_EQ(text, "0123456789");
  EXPECT_EQ(avio_size((*io)->context()), 10);
  EXPECT_EQ(lseek(fd.get(), 0, SEEK_CUR), 7);
}

TEST(FdIoTest, WritesAndSeeksWithoutMovingTheSharedOffset) {
  const UniqueFd fd = memory_file();
  auto io = FdIo::create(fd.get(), FdIo::Mode::write);
  ASSERT_TRUE(io);
  avio_write((*io)->context(), reinterpret_cast<const unsigned char*>("hello"), 5);
  avio_seek((*io)->context(), 1, SEEK_SET);
  avio_w8((*io)->context(), 'a');
  avio_flush((*io)->context());
  std::string text(5, ' ');
  EXPECT_EQ(pread(fd.get(), text.data(), 5, 0), 5);
  EXPECT_EQ(text, "hallo");
  EXPECT_EQ(lseek(fd.get(), 0, SEEK_CUR), 0);
}

TEST(FdIoTest, KeepsTheErrnoOfAFailedWrite) {
  const UniqueFd full(open("/dev/full", O_RDWR | O_CLOEXEC));
  if (!full.valid()) GTEST_SKIP() << "no /dev/full";
  auto io = FdIo::create(full.get(), FdIo::Mode::write);
  ASSERT_TRUE(io);
  avio_w8((*io)->context(), 'a');
  avio_flush((*io)->context());
  EXPECT_EQ((*io)->system_error(), ENOSPC);
  const Error error = (*io)->failure("mux", "writing", AVERROR(EIO)).value();
  EXPECT_EQ(error.code, "ENOSPC");
  EXPECT_EQ(error.stage, "mux");
}

TEST(FdIoTest, KeepsTheErrnoOfAFailedRead) {
  const UniqueFd folder(open("/", O_RDONLY | O_CLOEXEC));
  auto io = FdIo::create(folder.get(), FdIo::Mode::read);
  ASSERT_TRUE(io);
  avio_r8((*io)->context());
  EXPECT_EQ((*io)->system_error(), EISDIR);
}

TEST(TargetIoTest, HandsOutASecondStreamOnTheSameDescriptor) {
  const UniqueFd fd = memory_file();
  const OutputContextPtr format(avformat_alloc_context());
  auto target = TargetIo::attach(fd.get(), *format);
  ASSERT_TRUE(target);
  avio_write(format->pb, reinterpret_cast<const unsigned char*>("abc"), 3);
  avio_flush(format->pb);
  AVIOContext* second = nullptr;
  ASSERT_EQ(format->io_open(format.get(), &second, "any name", AVIO_FLAG_READ, nullptr), 0);
  EXPECT_EQ(avio_r8(second), 'a');
  EXPECT_EQ(format->io_close2(format.get(), second), 0);
}

}  // namespace
}  // namespace hevcpool::media
