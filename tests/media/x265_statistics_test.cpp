// SPDX-License-Identifier: GPL-2.0-or-later
// What measuring asks of x265: by default nothing that costs.
#include "media/video/x265_statistics.h"

#include "media/video/x265_encoder.h"
#include "profile/recorder.h"

#include "made_clip.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace hevcpool::media {
namespace {

struct Asked {
  int level = 0, log = 0;
};
Asked asked_with(const profile::RecorderOptions& measured, const std::string& params = "") {
  profile::Recorder recorder(measured);
  const profile::Recording recording(recorder);
  StreamFormat format;
  format.picture.pixels = AV_PIX_FMT_YUV420P;
  format.picture.width = format.picture.coded_width = 128;
  format.picture.height = format.picture.coded_height = 64;
  format.frame_rate = {25, 1};
  EncodeOptions options = testing::quick_options();
  options.x265_params = params;
  const auto encoder = X265Encoder::open(format, options, {});
  EXPECT_TRUE(encoder.has_value());
  return {(*encoder)->parameters().csvLogLevel, (*encoder)->parameters().logLevel};
}

TEST(X265StatisticsTest, TimesAreAskedForOnlyWhenTheyAreWanted) {
  EXPECT_EQ(asked_with({}).level, 0);
  EXPECT_EQ(asked_with({.most_frames = 0}).level, 0);
  EXPECT_EQ(asked_with({.encoder_times = true}).level, 2);
}

TEST(X265StatisticsTest, QualityIsLoggedOnlyWhenSomebodySeesIt) {
  EXPECT_LT(asked_with({}).log, X265_LOG_INFO);
  EXPECT_EQ(asked_with({}, "ssim=1").log, X265_LOG_INFO);
  EXPECT_LT(asked_with({.most_frames = 0}, "ssim=1").log, X265_LOG_INFO);
}

std::vector<profile::FrameRow> rows_of(const profile::RecorderOptions& measured) {
  profile::Recorder recorder(measured);
  const profile::Recording recording(recorder);
  testing::Clip clip = testing::make_clip({.source = "testsrc2=size=320x180:rate=25", .frames = 20});
  EXPECT_TRUE(testing::encode(clip, testing::quick_options())->ok());
  return recorder.frames();
}

TEST(X265StatisticsTest, WhatIsFreeIsThereByDefault) {
  const auto cheap = rows_of({}), dear = rows_of({.encoder_times = true});
  ASSERT_EQ(cheap.size(), 20U);
  ASSERT_EQ(dear.size(), 20U);
  for (std::size_t n = 0; n < cheap.size(); ++n) {
    EXPECT_EQ(cheap[n].x265.number, dear[n].x265.number);
    EXPECT_EQ(cheap[n].x265.order, dear[n].x265.order);
    EXPECT_EQ(cheap[n].x265.type, dear[n].x265.type);
    EXPECT_EQ(cheap[n].x265.bits, dear[n].x265.bits);
    EXPECT_DOUBLE_EQ(cheap[n].x265.qp, dear[n].x265.qp);
    EXPECT_EQ(cheap[n].x265.latency, dear[n].x265.latency);
    EXPECT_GT(cheap[n].x265.bits, 0U);
    EXPECT_EQ(cheap[n].x265.decide_wait, 0);
    EXPECT_GT(dear[n].x265.wall, 0);
  }
  const auto waited = [](const profile::FrameRow& row) { return row.x265.decide_wait > 0; };
  EXPECT_TRUE(std::ranges::any_of(dear, waited));
}

}  // namespace
}  // namespace hevcpool::media
