// SPDX-License-Identifier: GPL-2.0-or-later
// Formats that are known by their first bytes are those that libav finds when it asks all its demuxers.
#include "media/input/input_file.h"

#include "support/clip_file.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hevcpool::media {
namespace {

struct Recognised {
  std::string format;
  int score = 0;
  bool operator==(const Recognised&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Recognised& what) { return out << what.format << ' ' << what.score; }

Recognised by_us(int fd) {
  const auto file = InputFile::open(fd, "clip");
  return file ? Recognised{file->format().iformat->name, file->format().probe_score} : Recognised{};
}

Recognised by_libav(std::string bytes) {
  constexpr std::size_t kFirstLook = 2048;  // it reads on only where that is not enough
  bytes.resize(std::min(bytes.size(), kFirstLook));
  bytes.resize(bytes.size() + AVPROBE_PADDING_SIZE);
  AVProbeData data{.filename = "clip", .buf = reinterpret_cast<unsigned char*>(bytes.data()),
                   .buf_size = static_cast<int>(bytes.size() - AVPROBE_PADDING_SIZE), .mime_type = nullptr};
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&data, 1, &score);
  return format ? Recognised{format->name, score} : Recognised{};
}

class SignatureTest : public testing::TestWithParam<const char*> {};

TEST_P(SignatureTest, LeadsToTheFormatThatLibavFinds) {
  const UniqueFd file = test::make_file({.muxer = GetParam()});
  const Recognised found = by_us(file.get());
  EXPECT_NE(found.format, "");
  EXPECT_EQ(found, by_libav(test::content(file.get())));
}

INSTANTIATE_TEST_SUITE_P(Muxers, SignatureTest, testing::Values("mp4", "mov", "ipod", "matroska", "mpegts", "avi"));

TEST(InputFileTest, ASignatureWithNothingBehindItIsNoMedia) {
  for (const std::string& head : {std::string("\0\0\0\x14" "ftypisom\0\0\2\0isom", 20), std::string("\x1a\x45\xdf\xa3 webm")}) {
    const UniqueFd file = test::memory_file(head);
    const auto opened = InputFile::open(file.get(), "clip");
    ASSERT_FALSE(opened) << head;
    EXPECT_EQ(opened.error().stage, "open");
  }
}

}  // namespace
}  // namespace hevcpool::media
