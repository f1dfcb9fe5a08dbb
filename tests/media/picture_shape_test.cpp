// SPDX-License-Identifier: GPL-2.0-or-later
// Pictures that change their size, shape or colours on the way.
#include "media/hevc/further_views.h"
#include "media/video/picture_changes.h"
#include "media/video/picture_converter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hevcpool::media {
namespace {

// Black, with a white rectangle in the middle.
FramePtr picture(int width, int height, AVRational aspect, int across = 0, int down = 0) {
  FramePtr out(av_frame_alloc());
  out->format = AV_PIX_FMT_YUV420P;
  out->width = width;
  out->height = height;
  out->sample_aspect_ratio = aspect;
  out->color_range = AVCOL_RANGE_MPEG;
  if (av_frame_get_buffer(out.get(), 0) < 0) return nullptr;
  for (int plane = 0; plane < 3; ++plane)
    std::fill_n(out->data[plane], out->linesize[plane] * (plane == 0 ? height : (height + 1) / 2), plane == 0 ? 16 : 128);
  for (int y = (height - down) / 2; y < (height + down) / 2; ++y)
    std::fill_n(out->data[0] + y * out->linesize[0] + (width - across) / 2, across, 235);
  return out;
}

PictureFormat target(int width, int height) {
  PictureFormat format;
  format.pixels = AV_PIX_FMT_YUV420P;
  format.width = format.coded_width = width;
  format.height = format.coded_height = height;
  return format;
}

int white_across(const AVFrame& frame, int height) {
  const auto* row = frame.data[0] + height / 2 * frame.linesize[0];
  return static_cast<int>(std::count_if(row, row + frame.width, [](int luma) { return luma > 128; }));
}

int white_down(const AVFrame& frame, int height) {
  int count = 0;
  for (int y = 0; y < height; ++y) count += frame.data[0][y * frame.linesize[0] + frame.width / 2] > 128;
  return count;
}

TEST(PictureConverterTest, ASquareStaysASquare) {
  struct Change {
    int width, height;
    AVRational aspect;
    int across, down;  // of a rectangle that is a square on screen
  };
  // The target's samples are 16:15, so a square of 60 lines is 56 samples wide.
  for (const Change& change : {Change{180, 144, {64, 45}, 42, 60}, Change{256, 144, {1, 1}, 60, 60}, Change{96, 144, {1, 1}, 60, 60},
                               Change{640, 360, {1, 1}, 150, 150}, Change{90, 144, {32, 15}, 28, 60}}) {
    PictureConverter converter(target(180, 144), {16, 15});
    const FramePtr source = picture(change.width, change.height, change.aspect, change.across, change.down);
    const auto made = converter.convert(*source);
    ASSERT_TRUE(made) << made.error().message;
    const double shape = 16.0 / 15 * white_across(**made, 144) / white_down(**made, 144);
    EXPECT_NEAR(shape, 1, 0.06) << change.width << "x" << change.height;
  }
}

TEST(PictureConverterTest, BarsAreBlackAndThePictureIsInTheMiddle) {
  PictureConverter converter(target(180, 144), {16, 15});
  const FramePtr source = picture(180, 144, {64, 45}, 180, 144);
  const AVFrame& made = **converter.convert(*source);
  EXPECT_EQ(white_down(made, 144), 108);
  for (const int y : {0, 17, 126, 143}) EXPECT_EQ(made.data[0][y * made.linesize[0] + 90], 16) << y;
  for (const int y : {19, 124}) EXPECT_GT(made.data[0][y * made.linesize[0] + 90], 200) << y;
  EXPECT_EQ(made.data[1][0], 128);
}

TEST(PictureConverterTest, TheSamePictureIsNotTouched) {
  PictureConverter converter(target(180, 144), {16, 15});
  for (const AVRational aspect : {AVRational{16, 15}, AVRational{32, 30}, AVRational{0, 1}}) {
    const FramePtr source = picture(180, 144, aspect);
    EXPECT_EQ(*converter.convert(*source), source.get());
  }
}

TEST(PictureConverterTest, ConvertsAnotherMatrix) {
  PictureFormat format = target(64, 64);
  format.matrix = AVCOL_SPC_BT709;
  PictureConverter converter(format);
  const FramePtr source = picture(64, 64, {1, 1});
  std::fill_n(source->data[2], source->linesize[2] * 32, 200);  // reddish
  source->colorspace = AVCOL_SPC_SMPTE170M;
  const AVFrame& made = **converter.convert(*source);
  EXPECT_NE(&made, source.get());
  EXPECT_NE(made.data[0][0], 16);
  source->colorspace = AVCOL_SPC_BT709;
  EXPECT_EQ(*converter.convert(*source), source.get());
}

struct Seen {
  Diagnostics notes;
  PictureChanges changes;
  explicit Seen(bool stated = false, bool strict = false) : changes(stated, strict, notes) {}
  Expected<void> see(const FramePtr& frame, AVRational own = {0, 1}) { return changes.see(*frame, own); }
  std::string said() const { return notes.warnings().empty() ? "" : notes.warnings().front().code; }
};

TEST(PictureChangesTest, NamesAChangeOfShape) {
  Seen seen;
  ASSERT_TRUE(seen.see(picture(720, 576, {16, 15})));
  ASSERT_TRUE(seen.see(picture(720, 576, {16, 15})));
  EXPECT_EQ(seen.said(), "");
  ASSERT_TRUE(seen.see(picture(720, 576, {64, 45})));
  EXPECT_EQ(seen.said(), "reshaped");
}

TEST(PictureChangesTest, ASmallerPictureOfTheSameShapeIsOnlyResized) {
  Seen seen;
  ASSERT_TRUE(seen.see(picture(720, 576, {16, 15})));
  ASSERT_TRUE(seen.see(picture(768, 576, {1, 1})));
  ASSERT_EQ(seen.notes.warnings().size(), 1U);
  EXPECT_EQ(seen.said(), "resized");
}

TEST(PictureChangesTest, WhatIsLostIsAnErrorWhereThatIsAsked) {
  for (const bool strict : {false, true}) {
    Seen colours(false, strict), shape(true, strict);
    const FramePtr first = picture(64, 64, {1, 1}), later = picture(64, 64, {1, 1});
    later->color_trc = AVCOL_TRC_SMPTE2084;
    ASSERT_TRUE(colours.see(first));
    EXPECT_EQ(colours.see(later).has_value(), !strict);
    ASSERT_TRUE(shape.see(first, {16, 15}));
    EXPECT_EQ(shape.see(first, {64, 45}).has_value(), !strict);
    if (strict) continue;
    EXPECT_EQ(colours.said(), "recoloured");
    EXPECT_EQ(shape.said(), "reshaped");
  }
}

struct Coded {
  CodecParametersPtr codec = CodecParametersPtr(avcodec_parameters_alloc());
  Coded(AVCodecID id, const std::vector<std::uint8_t>& extradata = {}) {
    codec->codec_id = id;
    codec->extradata_size = static_cast<int>(extradata.size());
    codec->extradata = static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::copy(extradata.begin(), extradata.end(), codec->extradata);
  }
};

TEST(FurtherViewsTest, AParameterSetAnnouncesLayers) {
  const std::vector<std::uint8_t> one{0, 0, 0, 1, 0x40, 1, 0x0c, 0x01, 0xff, 0xff}, two{0, 0, 0, 1, 0x40, 1, 0x0c, 0x11, 0xff, 0xff};
  EXPECT_FALSE(announces_further_view(*Coded(AV_CODEC_ID_HEVC, one).codec));
  EXPECT_TRUE(announces_further_view(*Coded(AV_CODEC_ID_HEVC, two).codec));
  std::vector<std::uint8_t> record(22, 0);
  record[0] = 1;
  for (const int byte : {1, 0xa0, 0, 1, 0, 6, 0x40, 1, 0x0c, 0x11, 0xff, 0xff}) record.push_back(static_cast<std::uint8_t>(byte));
  EXPECT_TRUE(announces_further_view(*Coded(AV_CODEC_ID_HEVC, record).codec));
  record.resize(record.size() - 3);  // cut off
  EXPECT_FALSE(announces_further_view(*Coded(AV_CODEC_ID_HEVC, record).codec));
}

TEST(FurtherViewsTest, APacketHasUnitsOfAnotherLayer) {
  const Coded hevc(AV_CODEC_ID_HEVC), h264(AV_CODEC_ID_H264);
  using Bytes = std::vector<std::uint8_t>;
  EXPECT_FALSE(has_further_view(*hevc.codec, Bytes{0, 0, 1, 0x26, 0x01, 0x80}));
  EXPECT_TRUE(has_further_view(*hevc.codec, Bytes{0, 0, 1, 0x26, 0x01, 0x80, 0, 0, 1, 0x26, 0x09, 0x80}));
  EXPECT_FALSE(has_further_view(*h264.codec, Bytes{0, 0, 1, 0x65, 0x88, 0x80}));
  EXPECT_TRUE(has_further_view(*h264.codec, Bytes{0, 0, 1, 0x65, 0x88, 0x80, 0, 0, 1, 0x74, 0x88, 0x80}));
  const Coded in_mp4(AV_CODEC_ID_H264, {1, 100, 0, 30, 0xff, 0xe0, 0});
  EXPECT_TRUE(has_further_view(*in_mp4.codec, Bytes{0, 0, 0, 2, 0x65, 0x88, 0, 0, 0, 2, 0x74, 0x88}));
  EXPECT_FALSE(has_further_view(*in_mp4.codec, Bytes{0, 0, 0, 200, 0x74, 0x88}));
}

}  // namespace
}  // namespace hevcpool::media
