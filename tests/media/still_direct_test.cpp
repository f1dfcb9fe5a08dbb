// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/still_direct.h"

#include "media/libav/frame_filter.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

// Every sample differs from its neighbours a little, as in a picture, and no colour is beyond what RGB can say.
FramePtr picture(AVPixelFormat format, AVColorSpace space, AVColorRange range) {
  FramePtr frame(av_frame_alloc());
  frame->format = format;
  frame->width = 70;
  frame->height = 42;
  frame->colorspace = space;
  frame->color_range = range;
  EXPECT_EQ(av_frame_get_buffer(frame.get(), 0), 0);
  for (int plane = 0; plane < 3; ++plane)
    for (int y = 0; y < (plane == 0 || format == AV_PIX_FMT_YUV444P ? 42 : 21); ++y)
      for (int x = 0; x < frame->linesize[plane]; ++x)
        frame->data[plane][y * frame->linesize[plane] + x] =
            static_cast<std::uint8_t>(plane == 0 ? 60 + x + y : 118 + x / 8 + y / 8 + 3 * plane);
  return frame;
}

FramePtr by_graph(const AVFrame& frame, const StillOptions& options) {
  auto filter = FrameFilter::create(frame, {1, 25}, {25, 1}, still_graph(frame, {1, 1}, {}, options, StillFormat::jpeg));
  EXPECT_TRUE(filter);
  auto out = filter->run(frame);
  EXPECT_TRUE(out);
  return std::move(*out);
}

int largest_difference(const AVFrame& a, const AVFrame& b, int plane, int width, int height) {
  int most = 0;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      most = std::max(most, std::abs(a.data[plane][y * a.linesize[plane] + x] - b.data[plane][y * b.linesize[plane] + x]));
  return most;
}

TEST(StillDirectTest, ChangesTheRangeExactlyAsTheGraph) {
  for (const bool grey : {false, true})
    for (const auto range : {AVCOL_RANGE_MPEG, AVCOL_RANGE_JPEG, AVCOL_RANGE_UNSPECIFIED}) {
      const auto frame = picture(AV_PIX_FMT_YUV420P, AVCOL_SPC_UNSPECIFIED, range);
      StillOptions options;
      options.grey = grey;
      const auto wanted = by_graph(*frame, options);
      const auto made = direct_still(*frame, grey);
      ASSERT_TRUE(made);
      ASSERT_EQ((*made)->format, wanted->format);
      EXPECT_EQ(largest_difference(**made, *wanted, 0, 70, 42), 0) << grey << range;
      EXPECT_EQ(largest_difference(**made, *wanted, 1, 35, 21), 0) << grey << range;
      EXPECT_EQ(largest_difference(**made, *wanted, 2, 35, 21), 0) << grey << range;
    }
}

TEST(StillDirectTest, ChangesTheMatrixAsTheGraphButForRounding) {
  for (const auto space : {AVCOL_SPC_BT709, AVCOL_SPC_BT2020_NCL, AVCOL_SPC_SMPTE240M})
    for (const auto format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV444P}) {
      const auto frame = picture(format, space, AVCOL_RANGE_MPEG);
      const auto wanted = by_graph(*frame, {});
      const auto made = direct_still(*frame, false);
      ASSERT_TRUE(made);
      ASSERT_EQ((*made)->format, wanted->format);
      const int width = format == AV_PIX_FMT_YUV444P ? 70 : 35, height = format == AV_PIX_FMT_YUV444P ? 42 : 21;
      EXPECT_LE(largest_difference(**made, *wanted, 0, 70, 42), 4) << space;
      EXPECT_LE(largest_difference(**made, *wanted, 1, width, height), 4) << space;
      EXPECT_LE(largest_difference(**made, *wanted, 2, width, height), 4) << space;
    }
}

TEST(StillDirectTest, IsForWhatNeedsNoMore) {
  const auto frame = picture(AV_PIX_FMT_YUV420P, AVCOL_SPC_BT709, AVCOL_RANGE_MPEG);
  EXPECT_TRUE(can_be_direct(*frame, {1, 1}, {}, {}, StillFormat::jpeg));
  EXPECT_TRUE(can_be_direct(*frame, {0, 1}, {}, {.width = 70}, StillFormat::jpeg));
  EXPECT_FALSE(can_be_direct(*frame, {1, 1}, {}, {}, StillFormat::png));
  EXPECT_FALSE(can_be_direct(*frame, {2, 1}, {}, {}, StillFormat::jpeg));
  EXPECT_FALSE(can_be_direct(*frame, {1, 1}, {.transposed = true}, {}, StillFormat::jpeg));
  EXPECT_FALSE(can_be_direct(*frame, {1, 1}, {}, {.width = 20}, StillFormat::jpeg));
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  EXPECT_FALSE(can_be_direct(*frame, {1, 1}, {}, {}, StillFormat::jpeg));
}

}  // namespace
}  // namespace hevcpool::media
