// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a film that was asked for: the very frames, whatever the format knows of where they are.
#include "converted.h"

#include <gtest/gtest.h>
#include <tuple>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

struct Kind {
  const char *muxer, *encoder;
};

class RangeTest : public ::testing::TestWithParam<Kind> {};

// Verification decodes the source from its beginning and counts the frames of the range for itself.
TEST_P(RangeTest, HasTheFramesAskedFor) {
  MadeFile spec;
  spec.muxer = GetParam().muxer;
  spec.videos[0].encoder = GetParam().encoder;
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=4";
  const UniqueFd source = make_file(spec);
  for (const auto& [start, duration, frames] : {std::tuple{1.0, 0.0, 75}, {2.0, 0.4, 10}, {0.52, 0.2, 5}, {3.92, 0.0, 2}}) {
    EncodeOptions options = quick();
    options.lossless = true;
    options.start = start;
    options.duration = duration;
    const Converted result = convert(memory_file(content(source.get())), options);
    ASSERT_TRUE(result.ok()) << result.problem() << " from " << start;
    EXPECT_EQ(result.report->frames, frames) << "from " << start;
    const auto verified = result.verified(Verify::full, options);
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->lowest_ssim, 1) << "from " << start;
  }
}

INSTANTIATE_TEST_SUITE_P(All, RangeTest,
                         ::testing::Values(Kind{"mpegts", "libx264"}, Kind{"mpegts", "mpeg2video"},
                                           Kind{"vob", "mpeg2video"}, Kind{"h264", "libx264"},
                                           Kind{"mpeg2video", "mpeg2video"}, Kind{"mp4", "libx264"},
                                           Kind{"matroska", "libx264"}, Kind{"avi", "mpeg4"},
                                           Kind{"flv", "libx264"}),
                         [](const auto& kind) {
                           return std::string(kind.param.muxer) + "_" + kind.param.encoder;
                         });

TEST(RangeOfAJumpingClockTest, CountsThroughAJumpOfTheClock) {
  MadeFile spec;
  spec.muxer = "mpegts";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=2";
  const std::string once = content(make_file(spec).get());
  EncodeOptions options = quick();
  options.start = 3;
  const Converted result = convert(memory_file(once + once), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_NEAR(static_cast<double>(result.report->frames), 25, 1);
}

}  // namespace
}  // namespace hevcpool::media::testing
