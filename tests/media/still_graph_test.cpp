// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/still_graph.h"

#include "media/still/still_encoder.h"

extern "C" {
#include <libavutil/display.h>
}

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

Orientation rotated(double degrees, bool hflip = false, bool vflip = false) {
  std::array<std::int32_t, 9> matrix{};
  av_display_rotation_set(matrix.data(), degrees);
  av_display_matrix_flip(matrix.data(), hflip, vflip);
  return orientation_of_matrix(matrix);
}

TEST(StillGraphTest, MatrixBecomesOrientation) {
  EXPECT_EQ(exif_orientation(rotated(0)), 1);
  EXPECT_EQ(exif_orientation(rotated(0, true)), 2);
  EXPECT_EQ(exif_orientation(rotated(180)), 3);
  EXPECT_EQ(exif_orientation(rotated(0, false, true)), 4);
  EXPECT_EQ(exif_orientation(rotated(90)), 6);  // clockwise
  EXPECT_EQ(exif_orientation(rotated(-90)), 8);
}

TEST(StillGraphTest, DisplaySizeHasSquarePixelsAndIsUpright) {
  EXPECT_EQ(display_size({720, 576}, {64, 45}, {}), (Size{1024, 576}));
  EXPECT_EQ(display_size({720, 480}, {8, 9}, {.transposed = true}), (Size{480, 640}));
  EXPECT_EQ(display_size({64, 64}, {0, 1}, {}), (Size{64, 64}));
}

TEST(StillGraphTest, FitsInsideOrFills) {
  EXPECT_EQ(fitted_size({1920, 1080}, {.width = 320}), (Size{320, 180}));
  EXPECT_EQ(fitted_size({1920, 1080}, {.height = 90}), (Size{160, 90}));
  EXPECT_EQ(fitted_size({1920, 1080}, {.width = 100, .height = 100}), (Size{100, 56}));
  EXPECT_EQ(fitted_size({1920, 1080}, {.width = 100, .height = 100, .crop_to_fill = true}), (Size{178, 100}));
}

TEST(StillEncoderTest, FormatIsReadFromTheExtension) {
  EXPECT_EQ(still_format_of("a.JPG"), StillFormat::jpeg);
  EXPECT_EQ(still_format_of("a.b.png"), StillFormat::png);
  EXPECT_EQ(still_format_of("a.webp"), StillFormat::webp);
  EXPECT_EQ(still_format_of("a"), StillFormat::automatic);
}

}  // namespace
}  // namespace hevcpool::media
