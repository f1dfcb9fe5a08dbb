// SPDX-License-Identifier: GPL-2.0-or-later
// What the pictures of a track are: pixel formats, colours, sizes.
#include "media/video/video_track.h"

#include <gtest/gtest.h>

#include "media/libav/compat.h"
#include "media/made_clip.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace hevcpool::media {
namespace {

using namespace testing;

struct Format {
  AVPixelFormat source, coded;
};
class VideoTrackFormatTest : public ::testing::TestWithParam<Format> {};

TEST_P(VideoTrackFormatTest, LosslessGivesBackEveryBit) {
  ClipSpec spec;
  spec.pixels = GetParam().source;
  spec.frames = 6;
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, lossless());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 6U);
  for (std::size_t n = 0; n < frames.size(); ++n) {
    EXPECT_STREQ(av_get_pix_fmt_name(static_cast<AVPixelFormat>(frames[n]->format)),
                 av_get_pix_fmt_name(GetParam().coded));
    if (GetParam().source == GetParam().coded) {
      EXPECT_TRUE(same_pictures(*frames[n], *clip.pictures[n])) << n;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kept, VideoTrackFormatTest,
                         ::testing::Values(Format{AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P},
                                           Format{AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV422P},
                                           Format{AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUV444P},
                                           Format{AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY8},
                                           Format{AV_PIX_FMT_YUV420P10LE, AV_PIX_FMT_YUV420P10LE},
                                           Format{AV_PIX_FMT_YUV422P10LE, AV_PIX_FMT_YUV422P10LE},
                                           Format{AV_PIX_FMT_YUV444P10LE, AV_PIX_FMT_YUV444P10LE},
                                           Format{AV_PIX_FMT_GRAY10LE, AV_PIX_FMT_GRAY10LE},
                                           Format{AV_PIX_FMT_YUV420P12LE, AV_PIX_FMT_YUV420P12LE},
                                           Format{AV_PIX_FMT_YUV422P12LE, AV_PIX_FMT_YUV422P12LE},
                                           Format{AV_PIX_FMT_YUV444P12LE, AV_PIX_FMT_YUV444P12LE},
                                           Format{AV_PIX_FMT_GRAY12LE, AV_PIX_FMT_GRAY12LE},
                                           Format{AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP},
                                           Format{AV_PIX_FMT_GBRP10LE, AV_PIX_FMT_GBRP10LE}),
                         [](const auto& test) {
                           return std::string(av_get_pix_fmt_name(test.param.source));
                         });

INSTANTIATE_TEST_SUITE_P(
    NearestFiner, VideoTrackFormatTest,
    ::testing::Values(
        Format{AV_PIX_FMT_YUV440P, AV_PIX_FMT_YUV444P}, Format{AV_PIX_FMT_YUV411P, AV_PIX_FMT_YUV422P},
        Format{AV_PIX_FMT_YUV410P, AV_PIX_FMT_YUV420P}, Format{AV_PIX_FMT_NV12, AV_PIX_FMT_YUV420P},
        Format{AV_PIX_FMT_YUYV422, AV_PIX_FMT_YUV422P}, Format{AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV420P},
        Format{AV_PIX_FMT_P010LE, AV_PIX_FMT_YUV420P10LE}, Format{AV_PIX_FMT_RGB24, AV_PIX_FMT_GBRP},
        Format{AV_PIX_FMT_YUV420P16LE, AV_PIX_FMT_YUV420P12LE}, Format{AV_PIX_FMT_YA8, AV_PIX_FMT_GRAY8}),
    [](const auto& test) { return std::string(av_get_pix_fmt_name(test.param.source)); });

TEST(VideoTrackTest, ConvertsRgbWithAMatrixAndSaysSo) {
  ClipSpec spec;
  spec.pixels = AV_PIX_FMT_RGBA;
  spec.edit_stream = [](AVStream& stream) { stream.codecpar->color_range = AVCOL_RANGE_JPEG; };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_NE(warned(*encoded, "converted").find("smpte170m"), std::string::npos);
  EXPECT_NE(warned(*encoded, "alpha").find("rgba"), std::string::npos);
  const auto frames = decode(*encoded);
  EXPECT_EQ(frames.front()->format, AV_PIX_FMT_YUV444P);
  EXPECT_EQ(frames.front()->colorspace, AVCOL_SPC_SMPTE170M);
  EXPECT_EQ(frames.front()->color_range, AVCOL_RANGE_MPEG);
}

TEST(VideoTrackTest, KeepsColourDescription) {
  ClipSpec spec;
  spec.pixels = AV_PIX_FMT_YUV420P10LE;
  spec.edit_stream = [](AVStream& stream) {
    stream.codecpar->color_primaries = AVCOL_PRI_BT2020;
    stream.codecpar->color_trc = AVCOL_TRC_ARIB_STD_B67;
    stream.codecpar->color_space = AVCOL_SPC_BT2020_NCL;
    stream.codecpar->color_range = AVCOL_RANGE_JPEG;
    stream.codecpar->chroma_location = AVCHROMA_LOC_TOPLEFT;
    stream.sample_aspect_ratio = stream.codecpar->sample_aspect_ratio = {64, 45};
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  const AVFrame& frame = *frames.front();
  EXPECT_EQ(frame.color_primaries, AVCOL_PRI_BT2020);
  EXPECT_EQ(frame.color_trc, AVCOL_TRC_ARIB_STD_B67);
  EXPECT_EQ(frame.colorspace, AVCOL_SPC_BT2020_NCL);
  EXPECT_EQ(frame.color_range, AVCOL_RANGE_JPEG);
  EXPECT_EQ(frame.chroma_location, AVCHROMA_LOC_TOPLEFT);
  EXPECT_EQ(av_cmp_q(frame.sample_aspect_ratio, {64, 45}), 0);
}

TEST(VideoTrackTest, LeavesUnspecifiedColourUnspecified) {
  Clip clip = make_clip({});
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  const AVFrame& frame = *frames.front();
  EXPECT_EQ(frame.color_primaries, AVCOL_PRI_UNSPECIFIED);
  EXPECT_EQ(frame.color_trc, AVCOL_TRC_UNSPECIFIED);
  EXPECT_EQ(frame.colorspace, AVCOL_SPC_UNSPECIFIED);
}

// ------------------------------------------------------------------ sizes

struct Size {
  int width, height;
  AVPixelFormat pixels;
  int shown_width, shown_height;
};
class VideoTrackSizeTest : public ::testing::TestWithParam<Size> {};

TEST_P(VideoTrackSizeTest, ShowsTheExactSizeAndPixels) {
  const Size& size = GetParam();
  ClipSpec spec;
  spec.source = fmt::format("testsrc2=size=640x480:rate=25,format={},crop={}:{}:2:4:exact=1",
                            av_get_pix_fmt_name(size.pixels), size.width, size.height);
  spec.pixels = size.pixels;
  spec.frames = 4;
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, lossless());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(encoded->track->parameters().width, size.shown_width);
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 4U);
  for (std::size_t n = 0; n < frames.size(); ++n) {
    EXPECT_EQ(frames[n]->width, size.shown_width);
    EXPECT_EQ(frames[n]->height, size.shown_height);
    // An odd side is one replicated line longer; the rest must be the very picture.
    frames[n]->width = size.width;
    frames[n]->height = size.height;
    EXPECT_TRUE(same_pictures(*frames[n], *clip.pictures[n])) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(
    OddAndTiny, VideoTrackSizeTest,
    ::testing::Values(
        Size{8, 8, AV_PIX_FMT_YUV420P, 8, 8}, Size{2, 2, AV_PIX_FMT_YUV420P, 2, 2},
        Size{1, 1, AV_PIX_FMT_YUV444P, 1, 1}, Size{1, 1, AV_PIX_FMT_YUV420P, 2, 2},
        Size{161, 121, AV_PIX_FMT_YUV420P, 162, 122}, Size{161, 121, AV_PIX_FMT_YUV422P, 162, 121},
        Size{161, 121, AV_PIX_FMT_YUV444P, 161, 121}, Size{37, 17, AV_PIX_FMT_GRAY8, 37, 17},
        Size{18, 200, AV_PIX_FMT_YUV420P10LE, 18, 200}, Size{33, 35, AV_PIX_FMT_YUV422P10LE, 34, 35},
        Size{602, 438, AV_PIX_FMT_YUV444P, 602, 438}, Size{15, 300, AV_PIX_FMT_YUV444P12LE, 15, 300}),
    [](const auto& test) {
      return fmt::format("{}x{}_{}", test.param.width, test.param.height,
                         av_get_pix_fmt_name(test.param.pixels));
    });

TEST(VideoTrackTest, ScalesToTheFirstSizeAndSaysItOnce) {
  Clip clip = make_clip({});
  ClipSpec larger;
  larger.source = "testsrc2=size=192x144:rate=25";
  larger.time = [](int n) { return 10 + n; };
  Clip rest = make_clip(larger);
  // Raw video does not say its size; the decoder is told with the packet.
  std::uint32_t change[3] = {AV_SIDE_DATA_PARAM_CHANGE_DIMENSIONS, 192, 144};
  std::uint8_t* data =
      av_packet_new_side_data(rest.packets.front().get(), AV_PKT_DATA_PARAM_CHANGE, sizeof change);
  std::copy_n(reinterpret_cast<std::uint8_t*>(change), sizeof change, data);
  for (auto& packet : rest.packets) clip.packets.push_back(std::move(packet));
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 20U);
  for (const auto& frame : frames) EXPECT_EQ(frame->width, 128);
  EXPECT_NE(warned(*encoded, "resized").find("128x96"), std::string::npos);
}

}  // namespace
}  // namespace hevcpool::media
