// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/rotate_to_display.h"

#include "media/libav/compat.h"

#include <gtest/gtest.h>

extern "C" {
#include <libavutil/display.h>
}

#include <cstring>

namespace hevcpool::media {
namespace {

class UprightTest : public ::testing::Test {
 protected:
  // A stream to be turned by `degrees` clockwise when shown, and mirrored before that.
  AVStream& stream(double degrees, bool mirrored) {
    context_.reset(avformat_alloc_context());
    AVStream& made = *avformat_new_stream(context_.get(), nullptr);
    std::int32_t matrix[9];
    av_display_rotation_set(matrix, degrees);
    av_display_matrix_flip(matrix, mirrored, 0);
    std::memcpy(new_stream_side_data(made, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix), matrix, sizeof matrix);
    return made;
  }
  OutputContextPtr context_;
};

TEST_F(UprightTest, QuarterTurnsAndMirroringsHaveFilters) {
  EXPECT_EQ(upright_filters(stream(0, false)), "");
  EXPECT_EQ(upright_filters(stream(0, true)), "hflip");
  EXPECT_EQ(upright_filters(stream(90, false)), "transpose=clock");
  EXPECT_EQ(upright_filters(stream(180, false)), "hflip,vflip");
  EXPECT_EQ(upright_filters(stream(180, true)), "vflip");
  EXPECT_EQ(upright_filters(stream(270, false)), "transpose=cclock");
}

TEST_F(UprightTest, OtherAnglesAreLeftAlone) { EXPECT_EQ(upright_filters(stream(30, false)), ""); }

TEST_F(UprightTest, AForgottenMatrixIsTheIdentity) {
  AVStream& turned = stream(90, true);
  EXPECT_NE(upright_filters(turned), "");
  forget_display_matrix(turned);
  EXPECT_EQ(upright_filters(turned), "");
}

TEST_F(UprightTest, AStreamWithoutMatrixNeedsNothing) {
  context_.reset(avformat_alloc_context());
  EXPECT_EQ(upright_filters(*avformat_new_stream(context_.get(), nullptr)), "");
}

}  // namespace
}  // namespace hevcpool::media
