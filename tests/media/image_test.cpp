// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/image.h"

#include "media/counting_clip.h"
#include "media/probe/probe.h"
#include "media/still/still_encoder.h"

#include <nlohmann/json.hpp>

namespace hevcpool::media {
namespace {

UniqueFd jpeg_with(int width, int height, int orientation) {
  const std::string plain = test::make_jpeg(width, height);
  std::vector<std::uint8_t> bytes(plain.begin(), plain.end());
  if (orientation != 1) mark_jpeg_orientation(bytes, orientation);
  return test::memory_file(std::string(bytes.begin(), bytes.end()));
}

Expected<ImageReport> convert(const UniqueFd& source, const UniqueFd& target, Image options) {
  return convert_image({.source = source.get(), .name = "a.jpg", .options = options, .target = target.get()});
}

TEST(ImageTest, JpegKeepsItsOrientationMark) {
  const auto source = jpeg_with(64, 32, 6);
  const auto target = test::memory_file();
  Image options;
  options.picture.format = StillFormat::jpeg;
  const auto report = convert(source, target, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->orientation, 6);
  EXPECT_EQ(report->width, 64);
  const auto again = test::memory_file();
  options.apply_orientation = true;  // the mark is there and is understood
  const auto turned = convert(target, again, options);
  ASSERT_TRUE(turned) << turned.error().message;
  EXPECT_EQ(turned->width, 32);
  EXPECT_EQ(turned->height, 64);
}

TEST(ImageTest, OtherFormatsAreTurnedUpright) {
  const auto source = jpeg_with(64, 32, 8);
  const auto target = test::memory_file();
  Image options;
  options.picture.format = StillFormat::png;
  options.picture.width = 16;
  const auto report = convert(source, target, options);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->orientation, 1);
  EXPECT_EQ(report->width, 16);
  EXPECT_EQ(report->height, 32);
}

TEST(ImageTest, GreyHasNoColour) {
  const auto source = jpeg_with(64, 32, 1);
  for (const StillFormat format : {StillFormat::jpeg, StillFormat::png, StillFormat::webp}) {
    const auto target = test::memory_file();
    Image options;
    options.picture = {.format = format, .grey = true};
    ASSERT_TRUE(convert(source, target, options));
    int most = 0;
    const auto seen = visit_frames(target.get(), std::string("a.") + still_extension(format), "yuv444p",
                                   [&](const FrameView& frame) {
      for (int y = 0; y < frame.height; ++y)
        for (int x = 0; x < frame.width; ++x)
          most = std::max(most, std::abs(frame.planes[1][y * frame.strides[1] + x] - 128));
      return false;
    });
    ASSERT_TRUE(seen);
    EXPECT_LE(most, 1) << still_extension(format);
  }
}

TEST(ImageTest, AvifIsRead) {
  const auto source = test::make_file(
      {.muxer = "avif", .videos = {{.graph = "testsrc2=size=64x48:rate=1:duration=1", .encoder = "libaom-av1"}}});
  const auto target = test::memory_file();
  Image options;
  options.picture = {.format = StillFormat::png, .grey = true};
  const auto report = convert_image({.source = source.get(), .name = "a.avif", .options = options, .target = target.get()});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->width, 64);
  EXPECT_EQ(report->height, 48);
  EXPECT_EQ(test::read_file(target.get()).streams.at(0).codec, "png");
}

TEST(ImageTest, WhatIsNoPictureIsAnError) {
  const auto source = test::memory_file("this is not a picture, whatever its name says");
  const auto target = test::memory_file();
  Image options;
  options.picture.format = StillFormat::png;
  EXPECT_FALSE(convert(source, target, options));
}

TEST(ImageTest, SaysWhatAHeifPictureIs) {
  const auto source = test::memory_file(std::string("\0\0\0\x18" "ftypheic\0\0\0\0mif1heic", 24) + std::string(100, 'x'));
  const auto target = test::memory_file();
  Image options;
  options.picture.format = StillFormat::jpeg;
  const auto report = convert(source, target, options);
  if (report) GTEST_SKIP() << "this libavformat reads them";
  EXPECT_NE(report.error().message.find("HEIF"), std::string::npos) << report.error().message;
  EXPECT_EQ(report.error().message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace hevcpool::media
