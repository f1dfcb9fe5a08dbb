// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segment_file.h"
#include "media/segment/segment_meta.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace hevcpool::media {
namespace {

SegmentHeader some_header() {
  SegmentHeader header;
  header.encoder = "test";
  header.options = "abc";
  header.time_base = {1, 90000};
  header.begin = 100;
  header.end = 5000;
  header.reorder_delay = 2;
  header.parameter_sets = {0, 0, 0, 1, 0x40, 0xff};
  return header;
}

SegmentTrailer some_trailer() {
  SegmentTrailer trailer;
  trailer.stats.frames_encoded = 3;
  trailer.stats.first_pts = 100;
  trailer.head.frames = {{100, "aa"}, {140, "bb"}};
  trailer.tail.clean = false;
  trailer.warnings = {{"resized", "the picture changes", 7}};
  return trailer;
}

PacketPtr packet_of(std::int64_t pts, const std::string& data, int flags) {
  PacketPtr packet(av_packet_alloc());
  av_new_packet(packet.get(), static_cast<int>(data.size()));
  std::copy(data.begin(), data.end(), packet->data);
  packet->pts = pts;
  packet->duration = 40;
  packet->flags = flags;
  return packet;
}

UniqueFd empty_file() { return UniqueFd(::memfd_create("segment", MFD_CLOEXEC)); }

UniqueFd written_segment() {
  UniqueFd fd = empty_file();
  auto writer = SegmentWriter::create(fd.get(), some_header());
  EXPECT_TRUE(writer.has_value());
  EXPECT_TRUE(writer->write(*packet_of(100, "first", AV_PKT_FLAG_KEY)).has_value());
  EXPECT_TRUE(writer->write(*packet_of(180, std::string(300'000, 'x'), 0)).has_value());
  EXPECT_TRUE(writer->write(*packet_of(140, "", AV_PKT_FLAG_DISPOSABLE)).has_value());
  EXPECT_TRUE(writer->finish(some_trailer()).has_value());
  return fd;
}

std::string bytes_of(int fd) {
  std::string bytes(static_cast<std::size_t>(::lseek(fd, 0, SEEK_END)), '\0');
  EXPECT_EQ(::pread(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return bytes;
}

UniqueFd file_with(const std::string& bytes) {
  UniqueFd fd = empty_file();
  EXPECT_EQ(::pwrite(fd.get(), bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  return fd;
}

// Reads everything there is; true when nothing was found wrong.
bool reads_well(int fd) {
  auto reader = SegmentReader::open(fd);
  if (!reader || !reader->times()) return false;
  PacketPtr packet(av_packet_alloc());
  for (;;) {
    auto more = reader->next(*packet);
    if (!more) return false;
    if (!*more) return true;
  }
}

TEST(SegmentFileTest, GivesBackWhatWasWritten) {
  UniqueFd fd = written_segment();
  auto reader = SegmentReader::open(fd.get());
  ASSERT_TRUE(reader.has_value()) << reader.error().message;
  EXPECT_EQ(reader->header().parameter_sets, some_header().parameter_sets);
  EXPECT_EQ(reader->header().time_base.den, 90000);
  EXPECT_EQ(reader->header().begin, 100);
  EXPECT_EQ(reader->trailer().head, some_trailer().head);
  EXPECT_FALSE(reader->trailer().tail.clean);
  EXPECT_EQ(reader->trailer().warnings.at(0).count, 7);
  EXPECT_EQ(reader->packets(), 3U);
  EXPECT_EQ(*reader->times(), (std::vector<std::int64_t>{100, 180, 140}));
  PacketPtr packet(av_packet_alloc());
  ASSERT_TRUE(*reader->next(*packet));
  EXPECT_EQ(std::string(reinterpret_cast<char*>(packet->data), 5), "first");
  EXPECT_EQ(packet->flags, AV_PKT_FLAG_KEY);
  ASSERT_TRUE(*reader->next(*packet));
  EXPECT_EQ(packet->size, 300'000);
  ASSERT_TRUE(*reader->next(*packet));
  EXPECT_EQ(packet->pts, 140);
  EXPECT_EQ(packet->dts, AV_NOPTS_VALUE);
  auto end = reader->next(*packet);
  ASSERT_TRUE(end.has_value()) << end.error().message;
  EXPECT_FALSE(*end);
}

TEST(SegmentFileTest, TakesNoNumberThatDoesNotFit) {
  const auto with = [](std::string text, const std::string& old, const std::string& number) {
    const auto place = text.find(old);
    EXPECT_NE(place, text.npos);
    return text.replace(place, old.size(), number);
  };
  const std::string header = to_text(some_header()), trailer = to_text(some_trailer());
  ASSERT_TRUE(header_from_text(header));
  ASSERT_TRUE(trailer_from_text(trailer));
  for (const char* number : {"-9.3e18", "1e30", "100.5", "18446744073709551615", "null"}) {
    EXPECT_FALSE(header_from_text(with(header, "5000", number))) << number;
    EXPECT_FALSE(trailer_from_text(with(trailer, "140", number))) << number;
  }
  EXPECT_FALSE(header_from_text(with(header, "90000", "4294967297"))) << "1, if its upper bits were cut off";
}

TEST(SegmentFileTest, ReadsOneOfSeveralInARow) {
  const std::string one = bytes_of(written_segment().get());
  UniqueFd fd = file_with("xyz" + one + one);
  auto second = SegmentReader::open(fd.get(), 3 + one.size(), one.size());
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(second->times()->size(), 3U);
  EXPECT_FALSE(SegmentReader::open(fd.get(), 3, one.size() + 1).has_value());
  EXPECT_FALSE(SegmentReader::open(fd.get(), 1 << 30, 0).has_value());
}

TEST(SegmentFileTest, FindsAllInARow) {
  const std::string one = bytes_of(written_segment().get());
  auto all = SegmentReader::open_all(file_with(one + one + one).get());
  ASSERT_TRUE(all.has_value()) << all.error().message;
  EXPECT_EQ(all->size(), 3U);
  EXPECT_FALSE(SegmentReader::open_all(file_with(one + one.substr(0, 50)).get()).has_value());
  EXPECT_FALSE(SegmentReader::open_all(file_with(one + "x").get()).has_value());
  EXPECT_FALSE(SegmentReader::open_all(file_with("").get()).has_value());
}

TEST(SegmentFileTest, IsIncompleteWithoutItsLastByte) {
  std::string bytes = bytes_of(written_segment().get());
  for (std::size_t size : {bytes.size() - 1, bytes.size() - 64, bytes.size() / 2, std::size_t{9}, std::size_t{0}})
    EXPECT_FALSE(SegmentReader::open(file_with(bytes.substr(0, size)).get()).has_value()) << size;
}

TEST(SegmentFileTest, NoticesEveryChangedByte) {
  const std::string good = bytes_of(written_segment().get());
  ASSERT_TRUE(reads_well(file_with(good).get()));
  for (std::size_t n = 0; n < good.size(); n += n < 400 || n > good.size() - 900 ? 1 : 9973) {
    std::string bad = good;
    bad[n] = static_cast<char>(bad[n] ^ 0x41);
    EXPECT_FALSE(reads_well(file_with(bad).get())) << n;
  }
}

TEST(SegmentFileTest, RefusesLengthsBeyondItsEnd) {
  const std::string good = bytes_of(written_segment().get());
  for (std::size_t n = 0; n + 4 <= good.size(); n += n < 400 || n > good.size() - 900 ? 1 : 9973) {
    std::string bad = good;
    bad.replace(n, 4, "\xfe\xff\xff\xff");
    EXPECT_FALSE(reads_well(file_with(bad).get())) << n;
  }
}

}  // namespace
}  // namespace hevcpool::media
