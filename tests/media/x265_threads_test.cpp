// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_threads.h"

#include "media/made_clip.h"
#include "media/segment/cut_rules.h"
#include "media/video/x265_options.h"

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

X265ParamPtr settled(const EncodeOptions& options) {
  const auto api = x265_for(8);
  EXPECT_TRUE(api);
  auto param = make_x265_param(**api, options);
  EXPECT_TRUE(param) << options.x265_params;
  settle_frame_threads(**param);
  return std::move(*param);
}

EncodeOptions with(unsigned threads, const std::string& x265_params = {}) {
  EncodeOptions options;
  options.threads = threads;
  options.x265_params = x265_params;
  return options;
}

TEST(X265ThreadsTest, EncodesTwoFramesAtOnceWithTheCuTree) {
  EncodeOptions options;
  for (const unsigned threads : {2U, 3U, 16U, 64U})
    for (int n = 0; x265_preset_names[n] != nullptr; ++n) {
      options = with(threads);
      options.preset = x265_preset_names[n];
      const auto param = settled(options);
      EXPECT_TRUE(param->rc.cuTree == 0 || param->frameNumThreads == 2) << options.preset;
    }
  EXPECT_EQ(settled(with(16, "no-cutree:cutree=1"))->frameNumThreads, 2);
}

TEST(X265ThreadsTest, LeavesTheNumberToX265WithoutTheCuTree) {
  EXPECT_EQ(settled(with(16, "no-cutree=1"))->frameNumThreads, 0);
  EXPECT_EQ(settled(with(16, "cutree=0"))->frameNumThreads, 0);
}

TEST(X265ThreadsTest, KeepsOneFrameWhereOnlyOneIsWanted) {
  EncodeOptions options = with(16);
  EXPECT_EQ(settled(with(1))->frameNumThreads, 1);
  options.tune = "zerolatency";
  EXPECT_EQ(settled(options)->frameNumThreads, 1);
}

TEST(X265ThreadsTest, KnowsWhichBytesMayDiffer) {
  const std::string vbv = "vbv-maxrate=2000:vbv-bufsize=2000";
  EXPECT_TRUE(bytes_of_whole_may_differ(with(2, vbv)));
  EXPECT_FALSE(bytes_of_whole_may_differ(with(1, vbv)));
  EXPECT_FALSE(bytes_of_whole_may_differ(with(8)));
  EXPECT_FALSE(bytes_of_whole_may_differ(with(8, "vbv-maxrate=2000")));
  EXPECT_FALSE(bytes_of_whole_may_differ(with(8, vbv + ":qp=30")));
  EncodeOptions options = with(8, "vbv-bufsize=2000");
  options.bitrate = 2'000'000;
  EXPECT_TRUE(bytes_of_whole_may_differ(options));  // the bit rate is the largest one, too
}

std::vector<std::uint8_t> bytes_of(const testing::Encoded& encoded) {
  std::vector<std::uint8_t> bytes;
  for (const PacketPtr& packet : encoded.packets) bytes.insert(bytes.end(), packet->data, packet->data + packet->size);
  return bytes;
}

// Small pictures show it soonest: at three frames at once, with the CU tree, one run in eight differs.
TEST(X265ThreadsTest, AWholeStreamWithThreadsHasTheSameBytesInEveryRun) {
  testing::Clip clip = testing::make_clip({.source = "testsrc2=size=320x192:rate=25", .frames = 40});
  EncodeOptions options = with(8);
  options.preset = "veryfast";
  const auto first = bytes_of(*testing::encode(clip, options));
  ASSERT_FALSE(first.empty());
  for (int run = 1; run < 10; ++run) EXPECT_TRUE(bytes_of(*testing::encode(clip, options)) == first) << run;
}

TEST(X265ThreadsTest, WarnsWhereTheBytesDifferFromRunToRun) {
  const std::string vbv = "vbv-maxrate=2000:vbv-bufsize=2000";
  for (const unsigned threads : {1U, 2U}) {
    testing::Clip clip = testing::make_clip({.frames = 3});
    EncodeOptions options = with(threads, vbv);
    options.preset = "ultrafast";
    EXPECT_EQ(testing::warned(*testing::encode(clip, options), "unrepeatable").empty(), threads == 1);
  }
}

}  // namespace
}  // namespace hevcpool::media
