// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/nal.h"

#include <gtest/gtest.h>

#include "media/hevc/bits.h"
#include "media/video/x265_encoder.h"

namespace hevcpool::media {
namespace {

StreamFormat format_of(int width, int height, AVPixelFormat pixels) {
  StreamFormat format;
  format.picture.pixels = pixels;
  format.picture.width = format.picture.coded_width = width;
  format.picture.height = format.picture.coded_height = height;
  format.frame_rate = {25, 1};
  return format;
}

Bytes headers_for(int width, int height, AVPixelFormat pixels = AV_PIX_FMT_YUV420P) {
  EncodeOptions options;
  options.preset = "ultrafast";
  auto encoder = X265Encoder::open(format_of(width, height, pixels), options, {});
  EXPECT_TRUE(encoder.has_value());
  return (*encoder)->headers();
}

// What a decoder makes of parameter sets.
std::pair<int, int> shown_size(const Bytes& headers) {
  CodecContextPtr decoder(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_HEVC)));
  decoder->extradata = static_cast<std::uint8_t*>(av_mallocz(headers.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::copy(headers.begin(), headers.end(), decoder->extradata);
  decoder->extradata_size = static_cast<int>(headers.size());
  EXPECT_GE(avcodec_open2(decoder.get(), decoder->codec, nullptr), 0);
  return {decoder->width, decoder->height};
}

TEST(BitsTest, ReadsWhatItWrote) {
  BitWriter out;
  out.write(5, 3);
  for (const std::uint32_t value : {0U, 1U, 2U, 62U, 63U, 64U, 65534U, 0x7ffffffU}) out.ue(value);
  out.write(0xdeadbeef, 32);
  out.align();
  const Bytes bytes = out.take();
  BitReader in(bytes);
  EXPECT_EQ(in.read(3), 5U);
  for (const std::uint32_t value : {0U, 1U, 2U, 62U, 63U, 64U, 65534U, 0x7ffffffU}) EXPECT_EQ(in.ue(), value);
  EXPECT_EQ(in.read(32), 0xdeadbeef);
  EXPECT_TRUE(in.ok());
}

TEST(BitsTest, NoticesTheEnd) {
  const Bytes zeros(3, 0);
  BitReader in(zeros);
  EXPECT_EQ(in.ue(), 0U);
  EXPECT_FALSE(in.ok());
}

TEST(NalTest, EscapesStartCodesAndBack) {
  const Bytes hostile{0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 255, 0, 0};
  const Bytes escaped = escape(hostile);
  for (std::size_t n = 0; n + 2 < escaped.size(); ++n)
    EXPECT_FALSE(escaped[n] == 0 && escaped[n + 1] == 0 && escaped[n + 2] < 3) << n;
  EXPECT_EQ(unescape(escaped), hostile);
}

TEST(NalTest, SplitsStartCodesOfEitherLength) {
  const Bytes stream{0, 0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x42, 1, 8, 8, 0, 0, 0, 1, 0x44, 1, 7};
  const auto nals = split_nals(stream);
  ASSERT_EQ(nals.size(), 3U);
  EXPECT_EQ(nals[1].size(), 4U);
  EXPECT_TRUE(split_nals(Bytes{}).empty());
  EXPECT_TRUE(split_nals(Bytes{0, 0, 1}).empty());
}

TEST(NalTest, LeavesHeadersAloneWhenThereIsNothingToEdit) {
  const Bytes headers = headers_for(128, 96);
  const auto same = edit_headers(headers, {});
  ASSERT_TRUE(same.has_value());
  const auto before = split_nals(headers), after = split_nals(*same);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t n = 0; n < before.size(); ++n)
    EXPECT_TRUE(std::equal(before[n].begin(), before[n].end(), after[n].begin(), after[n].end())) << n;
}

TEST(NalTest, SetsTheConformanceWindow) {
  const auto small = edit_headers(headers_for(16, 16), {.hide_right = 8, .hide_bottom = 6});
  ASSERT_TRUE(small.has_value());
  EXPECT_EQ(shown_size(*small), (std::pair{8, 10}));
  // x265 itself hides what it adds up to whole coding units; both add up.
  const auto odd = edit_headers(headers_for(38, 26, AV_PIX_FMT_YUV444P), {.hide_right = 1, .hide_bottom = 3});
  ASSERT_TRUE(odd.has_value());
  EXPECT_EQ(shown_size(*odd), (std::pair{37, 23}));
}

TEST(NalTest, FlagsInterlacedSourcesInBothParameterSets) {
  const auto headers = edit_headers(headers_for(128, 96), {.interlaced = true});
  ASSERT_TRUE(headers.has_value());
  int seen = 0;
  for (const auto nal : split_nals(*headers)) {
    const int type = nal[0] >> 1;
    if (type != 32 && type != 33) continue;
    const Bytes payload = unescape(nal.subspan(2));
    const std::size_t flags = type == 32 ? 4 + 5 : 1 + 5;  // bytes before them
    EXPECT_EQ(payload[flags] >> 6, 0b01) << type;
    ++seen;
  }
  EXPECT_EQ(seen, 2);
}

TEST(NalTest, SurvivesGarbage) {
  for (std::uint8_t seed = 0; seed < 200; ++seed) {
    Bytes garbage{0, 0, 1, static_cast<std::uint8_t>((32 + seed % 3) << 1), 1};
    for (int n = 0; n < seed; ++n) garbage.push_back(static_cast<std::uint8_t>(n * 37 + seed));
    (void)edit_headers(garbage, {.hide_right = 2, .interlaced = true});
  }
}

TEST(NalTest, WritesLongMessages) {
  const Bytes payload(600, 0xab);
  const Bytes nal = sei_nal(300, payload);
  const Bytes start{0, 0, 0, 1, 39 << 1, 1, 255, 45, 255, 255, 90, 0xab};
  EXPECT_TRUE(std::equal(start.begin(), start.end(), nal.begin()));
  EXPECT_EQ(nal.size(), 4U + 2 + 2 + 3 + 600 + 1);
}

}  // namespace
}  // namespace hevcpool::media
