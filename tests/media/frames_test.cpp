// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frames.h"

#include "media/counting_clip.h"
#include "media/probe/probe.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace hevcpool::media {
namespace {

using ::testing::HasSubstr;

TEST(FramesTest, CountsAndMeasuresEveryFrame) {
  const auto source = test::make_file(counting_clip(50));
  Frames options{.output = "list.csv", .luma = true};
  const auto report = analyse_frames({.source = source.get(), .name = "a.mp4", .options = options});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->frames, 50);
  ASSERT_EQ(report->rows.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_NEAR(*report->rows[static_cast<std::size_t>(i)].luma, i * 4 + 20, 2) << i;
  EXPECT_NEAR(report->rows[25].seconds, 1, 0.001);
  EXPECT_THAT(rows_as_csv(report->rows, options), HasSubstr("frame,seconds,key_frame,luma\n0,0.000000,1,"));
}

TEST(FramesTest, FindsBlackFrozenAndScenes) {
  test::MadeFile spec;
  spec.videos[0].graph =
      "testsrc2=size=128x96:rate=25:duration=4,drawbox=t=fill:color=black:enable='between(t,1,1.99)',"
      "format=yuv420p";
  const auto source = test::make_file(spec);
  Frames options{.scenes = true, .black = true, .freeze = true};
  const auto report = analyse_frames({.source = source.get(), .name = "a.mp4", .options = options});
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->black.size(), 1u);
  EXPECT_NEAR(report->black[0].start, 1, 0.05);
  EXPECT_NEAR(report->black[0].end, 2, 0.05);
  ASSERT_EQ(report->frozen.size(), 1u);
  EXPECT_NEAR(report->frozen[0].start, 1, 0.1);
  EXPECT_GE(report->scenes.size(), 1u);
}

TEST(FramesTest, ComparesWithAReference) {
  const auto source = test::make_file(counting_clip(25));
  test::MadeFile other = counting_clip(25);
  other.videos[0].graph += ",noise=alls=40:all_seed=1";
  const auto noisy = test::make_file(other);
  Frames options{.reference = "r.mp4", .ssim = true, .psnr = true};
  FramesRequest request{.source = source.get(), .reference = source.get(), .name = "a.mp4",
                        .reference_name = "r.mp4", .options = options};
  const auto same = analyse_frames(request);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_DOUBLE_EQ(same->ssim.lowest, 1);
  EXPECT_DOUBLE_EQ(same->psnr.lowest, 100);
  request.reference = noisy.get();
  const auto different = analyse_frames(request);
  ASSERT_TRUE(different) << different.error().message;
  EXPECT_LT(different->ssim.mean(), 0.95);
  EXPECT_EQ(different->reference_frames, 25);
}

TEST(FramesTest, VisitsPlanesUntilToldToStop) {
  const auto source = test::make_file(counting_clip(25));
  std::vector<int> seen;
  const auto count = visit_frames(source.get(), "a.mp4", "", [&](const FrameView& frame) {
    EXPECT_EQ(frame.pixel_format, "yuv420p");
    EXPECT_EQ(frame.plane_count, 3);
    EXPECT_EQ(frame.widths[1], 32);
    EXPECT_EQ(frame.heights[1], 24);
    EXPECT_GE(frame.strides[0], 64);
    seen.push_back(frame.planes[0][0]);
    return frame.index < 9;
  });
  ASSERT_TRUE(count) << count.error().message;
  EXPECT_EQ(*count, 10);
  ASSERT_EQ(seen.size(), 10u);
  EXPECT_NEAR(seen[9], 56, 3);
}

TEST(ProbeTest, CountsFramesAndListsKeyFrames) {
  const auto source = test::make_file(counting_clip(50));
  const auto text = probe({.source = source.get(), .name = "a.mp4", .frames = true, .keyframes = true});
  ASSERT_TRUE(text) << text.error().message;
  const auto document = nlohmann::json::parse(*text);
  const auto& stream = document["streams"][0];
  EXPECT_EQ(stream["nb_read_frames"], "50");
  EXPECT_EQ(stream["codec_name"], "h264");
  EXPECT_EQ(stream["keyframes"].at(0), "0.000000");
  EXPECT_EQ(document["format"]["filename"], "a.mp4");
}

TEST(ProbeTest, WhatIsNoMediaIsAnError) {
  const auto source = test::memory_file("version https://git-lfs.github.com/spec/v1\n");
  EXPECT_FALSE(probe({.source = source.get(), .name = "a.mp4"}));
}

}  // namespace
}  // namespace hevcpool::media
