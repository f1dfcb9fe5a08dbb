// SPDX-License-Identifier: GPL-2.0-or-later
// What the plan says of the picture, and that it comes true.
#include "converted.h"
#include "media/libav/compat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/display.h>
}

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::HasSubstr;

struct Planning {
  Expected<Inspection> inspection;
  std::vector<Warning> warnings;
  bool says(const std::string& code, const std::string& text = {}) const {
    for (const Warning& warning : warnings)
      if (warning.code == code && warning.message.find(text) != std::string::npos) return true;
    return false;
  }
};

Planning plan(const MadeFile& spec, const EncodeOptions& options = quick()) {
  const UniqueFd source = make_file(spec);
  Diagnostics notes;
  auto inspection = inspect(source.get(), "x", options, notes);
  return {std::move(inspection), notes.warnings()};
}

MadeFile raw_pictures(AVPixelFormat pixels, const std::string& encoder) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].encoder = encoder;
  spec.videos[0].pixels = pixels;
  return spec;
}

TEST(PicturePlanTest, SaysWhatTheFormatLoses) {
  const Planning alpha = plan(raw_pictures(AV_PIX_FMT_YUVA420P, "ffv1"));
  EXPECT_TRUE(alpha.says("alpha", "yuva420p"));
  const Planning rgb = plan(raw_pictures(AV_PIX_FMT_BGR0, "ffv1"));
  EXPECT_TRUE(rgb.says("converted", "bgr0 is converted to yuv444p with the smpte170m matrix"));
  EXPECT_TRUE(plan(MadeFile{}).warnings.empty());
}

TEST(PicturePlanTest, SaysThatFieldsAreDeinterlaced) {
  MadeFile spec = raw_pictures(AV_PIX_FMT_YUV420P, "ffv1");
  spec.videos[0].graph = "testsrc2=size=128x96:rate=50:duration=1,interlace,setfield=tff";
  spec.videos[0].edit = [](AVStream& stream) { stream.codecpar->field_order = AV_FIELD_TT; };
  const Planning found = plan(spec);
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(found.says("deinterlaced"), result.warned("deinterlaced"));
  EncodeOptions all = quick();
  all.deinterlace = Deinterlace::on;
  EXPECT_TRUE(plan(MadeFile{}, all).says("deinterlaced"));
}

TEST(PicturePlanTest, SaysThatThePictureIsTurned) {
  MadeFile spec;
  spec.videos[0].edit = [](AVStream& stream) {
    std::int32_t matrix[9];
    av_display_rotation_set(matrix, 90);
    std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix), matrix, sizeof matrix);
  };
  EncodeOptions options = quick();
  options.container = Container::mkv;
  const Planning turned = plan(spec, options);
  ASSERT_TRUE(turned.inspection);
  EXPECT_TRUE(turned.says("turned"));
  EXPECT_EQ(turned.inspection->planned.width, 96);
  EXPECT_EQ(turned.inspection->planned.height, 128);
  options.container = Container::mp4;
  EXPECT_FALSE(plan(spec, options).says("turned"));
}

TEST(PicturePlanTest, SaysWhereBlackBordersAreCutAway) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=128x64:rate=25:duration=1,pad=128:96:0:16";
  EncodeOptions options = quick();
  options.crop = "auto";
  const Planning cropped = plan(spec, options);
  ASSERT_TRUE(cropped.inspection);
  EXPECT_TRUE(cropped.says("cropped", "128:64:0:16"));
  EXPECT_EQ(cropped.inspection->planned.height, 64);
}

TEST(PicturePlanTest, TellsTheSizeAndLengthThatTheOutputGets) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=128x96:rate=25:duration=2";
  EncodeOptions options = quick();
  options.scale = "80:60";
  options.fps = "10";
  options.start = 0.4;
  options.duration = 1;
  const Planning found = plan(spec, options);
  ASSERT_TRUE(found.inspection);
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(found.inspection->width, 128);
  EXPECT_EQ(found.inspection->planned.width, result.after.of("video")[0]->width);
  EXPECT_EQ(found.inspection->planned.height, result.after.of("video")[0]->height);
  EXPECT_EQ(found.inspection->planned.width, 80);
  EXPECT_EQ(found.inspection->planned.frames, 10);
  EXPECT_NEAR(found.inspection->planned.frames, static_cast<double>(result.report->frames), 1);
  EXPECT_NEAR(found.inspection->planned.duration, 1, 0.001);
  options = quick();
  options.start = 1.5;
  EXPECT_NEAR(plan(spec, options).inspection->planned.duration, 0.5, 0.05);
}

TEST(PicturePlanTest, RefusesAGraphThatDoesNotFitThePicture) {
  EncodeOptions options = quick();
  options.crop = "400:300:0:0";
  EXPECT_FALSE(plan(MadeFile{}, options).inspection);
}

TEST(PicturePlanTest, WhatCannotBeDecodedIsLeftToTheEncode) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=128x96:rate=25:duration=1";
  EncodeOptions options = quick();
  options.vf = "select=gt(n\\,100)";
  const Planning found = plan(spec, options);
  ASSERT_TRUE(found.inspection);
  EXPECT_EQ(found.inspection->planned.width, 128);
}

}  // namespace
}  // namespace hevcpool::media::testing
