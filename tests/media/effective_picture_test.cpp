// SPDX-License-Identifier: GPL-2.0-or-later
// What only the container says of pictures, what only they say, and where both speak.
#include "converted.h"
#include "media/libav/compat.h"
#include "media/input/effective_picture.h"
#include "media/input/frame_reader.h"
#include "media/input/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::HasSubstr;

struct Colours {
  AVColorPrimaries primaries;
  AVColorTransferCharacteristic transfer;
  AVColorSpace matrix;
};
constexpr Colours kPq{AVCOL_PRI_BT2020, AVCOL_TRC_SMPTE2084, AVCOL_SPC_BT2020_NCL};

void state(AVStream& stream, const Colours& colours) {
  stream.codecpar->color_primaries = colours.primaries;
  stream.codecpar->color_trc = colours.transfer;
  stream.codecpar->color_space = colours.matrix;
}

MadeFile made(const std::string& muxer, const std::string& encoder, AVPixelFormat pixels = AV_PIX_FMT_YUV420P) {
  MadeFile spec;
  spec.muxer = muxer;
  spec.videos[0].encoder = encoder;
  spec.videos[0].pixels = pixels;
  spec.videos[0].graph = "testsrc2=size=128x96:rate=25:duration=0.4";
  return spec;
}

// The first picture of a file, with what holds for it.
struct First {
  FramePtr frame = FramePtr(av_frame_alloc());
  explicit First(int fd) {
    auto file = InputFile::open(fd, "x");
    AVStream& stream = **file->video();
    auto reader = FrameReader::create(file->format(), stream);
    AVFrame* next = reader->next().value();
    if (next != nullptr) av_frame_move_ref(frame.get(), next);
  }
};

TEST(EffectivePictureTest, ColoursOfTheContainerWhereTheStreamHasNone) {
  for (const char* encoder : {"libx265", "libx264", "ffv1"})
    for (const char* muxer : {"matroska", "mov"}) {
      MadeFile spec = made(muxer, encoder);
      spec.videos[0].edit = [](AVStream& stream) { state(stream, kPq); };
      const UniqueFd file = make_file(spec);
      const First first(file.get());
      EXPECT_EQ(first.frame->color_primaries, kPq.primaries) << encoder << " in " << muxer;
      EXPECT_EQ(first.frame->color_trc, kPq.transfer) << encoder << " in " << muxer;
      EXPECT_EQ(first.frame->colorspace, kPq.matrix) << encoder << " in " << muxer;
    }
}

TEST(EffectivePictureTest, ColoursReachTheOutput) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    MadeFile spec = made("matroska", "libx265");
    spec.videos[0].edit = [](AVStream& stream) { state(stream, kPq); };
    EncodeOptions options = quick();
    options.container = container;
    const Converted result = convert_made(spec, options);
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_TRUE(result.report->warnings.empty());
    const First first(result.target.get());
    EXPECT_EQ(first.frame->color_trc, AVCOL_TRC_SMPTE2084);
    EXPECT_EQ(first.frame->colorspace, AVCOL_SPC_BT2020_NCL);
  }
}

MadeFile in_conflict() {
  MadeFile spec = made("matroska", "libx264");
  spec.videos[0].prepare = [](AVCodecContext& encoder) {
    encoder.color_primaries = AVCOL_PRI_BT709;
    encoder.color_trc = AVCOL_TRC_BT709;
    encoder.colorspace = AVCOL_SPC_BT709;
  };
  spec.videos[0].edit = [](AVStream& stream) { state(stream, kPq); };
  return spec;
}

TEST(EffectivePictureTest, TheStreamWinsAndTheConflictIsNamed) {
  const Converted result = convert_made(in_conflict());
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(First(result.target.get()).frame->color_trc, AVCOL_TRC_BT709);
  EXPECT_TRUE(result.warned("conflict", "the transfer function: the container says smpte2084, the stream bt709"));
  EncodeOptions strict = quick();
  strict.strict = true;
  const Converted refused = convert_made(in_conflict(), strict);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "conflict");
}

TEST(EffectivePictureTest, FieldsOfTheContainerWhereTheCodecHasNoWordForThem) {
  struct Capture {
    const char *encoder, *muxer;
    AVPixelFormat pixels;
  };
  for (const Capture& capture : {Capture{"huffyuv", "matroska", AV_PIX_FMT_YUV422P}, Capture{"utvideo", "matroska", AV_PIX_FMT_YUV422P},
                                 Capture{"mjpeg", "mov", AV_PIX_FMT_YUVJ422P}, Capture{"qtrle", "mov", AV_PIX_FMT_RGB24}}) {
    MadeFile spec = made(capture.muxer, capture.encoder, capture.pixels);
    spec.videos[0].edit = [](AVStream& stream) { stream.codecpar->field_order = AV_FIELD_TT; };
    const UniqueFd file = make_file(spec);
    const First first(file.get());
    EXPECT_TRUE(is_interlaced(*first.frame)) << capture.encoder;
    EXPECT_TRUE(is_top_field_first(*first.frame)) << capture.encoder;
    EXPECT_TRUE(convert_made(spec).warned("deinterlaced")) << capture.encoder;
  }
}

TEST(EffectivePictureTest, BottomFieldsAndProgressivePictures) {
  MadeFile spec = made("matroska", "huffyuv", AV_PIX_FMT_YUV422P);
  spec.videos[0].edit = [](AVStream& stream) { stream.codecpar->field_order = AV_FIELD_BB; };
  const UniqueFd bottom = make_file(spec);
  EXPECT_TRUE(is_interlaced(*First(bottom.get()).frame));
  EXPECT_FALSE(is_top_field_first(*First(bottom.get()).frame));
  spec.videos[0].edit = [](AVStream& stream) { stream.codecpar->field_order = AV_FIELD_PROGRESSIVE; };
  const UniqueFd progressive = make_file(spec);
  EXPECT_FALSE(is_interlaced(*First(progressive.get()).frame));
}

TEST(EffectivePictureTest, PicturesThatSayTheirFieldsAreBelieved) {
  MadeFile spec = made("matroska", "libx264");
  spec.videos[0].edit = [](AVStream& stream) { stream.codecpar->field_order = AV_FIELD_TT; };
  const UniqueFd file = make_file(spec);
  EXPECT_FALSE(is_interlaced(*First(file.get()).frame));
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_FALSE(result.warned("deinterlaced"));
}

TEST(EffectivePictureTest, ShapeOfTheContainer) {
  MadeFile spec = made("matroska", "ffv1");
  spec.videos[0].edit = [](AVStream& stream) { stream.sample_aspect_ratio = stream.codecpar->sample_aspect_ratio = {4, 3}; };
  const UniqueFd file = make_file(spec);
  EXPECT_EQ(av_cmp_q(First(file.get()).frame->sample_aspect_ratio, {4, 3}), 0);
}

}  // namespace
}  // namespace hevcpool::media::testing
