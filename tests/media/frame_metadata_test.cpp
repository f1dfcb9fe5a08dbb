// SPDX-License-Identifier: GPL-2.0-or-later
// Metadata of frames and streams on its way through a VideoTrack, read back by libavcodec's decoder.
#include <gtest/gtest.h>

#include "media/libav/compat.h"
#include "media/hevc/dovi.h"
#include "media/hevc/hdr.h"
#include "media/made_clip.h"
#include "media/hevc/sei.h"

extern "C" {
#include <libavutil/dovi_meta.h>
#include <libavutil/hdr_dynamic_metadata.h>
#include <libavutil/mastering_display_metadata.h>
#include <libavutil/stereo3d.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace hevcpool::media {
namespace {

using namespace testing;

template <class T>
void attach(AVPacket& packet, AVPacketSideDataType type, const T& value) {
  std::uint8_t* data = av_packet_new_side_data(&packet, type, sizeof value);
  std::memcpy(data, &value, sizeof value);
}

AVMasteringDisplayMetadata mastering_display() {
  AVMasteringDisplayMetadata out{};
  const AVRational primaries[3][2] = {{{34'000, 50'000}, {16'000, 50'000}},
                                      {{13'250, 50'000}, {34'500, 50'000}},
                                      {{7'500, 50'000}, {3'000, 50'000}}};
  std::memcpy(out.display_primaries, primaries, sizeof primaries);
  out.white_point[0] = {15'635, 50'000};
  out.white_point[1] = {16'450, 50'000};
  out.min_luminance = {1, 10'000};
  out.max_luminance = {9'999'999, 10'000};
  out.has_primaries = out.has_luminance = 1;
  return out;
}

AVDynamicHDRPlus hdr10_plus(int n) {
  AVDynamicHDRPlus out{};
  out.itu_t_t35_country_code = 0xB5;
  out.application_version = 1;
  out.num_windows = 1;
  out.targeted_system_display_maximum_luminance = {400, 1};
  auto& window = out.params[0];
  for (int k = 0; k < 3; ++k) window.maxscl[k] = {1000 * k + n, 100'000};
  window.average_maxrgb = {n, 100'000};
  window.num_distribution_maxrgb_percentiles = 9;
  for (int k = 0; k < 9; ++k)
    window.distribution_maxrgb[k] = {static_cast<std::uint8_t>(k * 11), {k * 100 + n, 100'000}};
  window.fraction_bright_pixels = {n, 1000};
  window.tone_mapping_flag = 1;
  window.knee_point_x = {n, 4095};
  window.knee_point_y = {n + 1, 4095};
  window.num_bezier_curve_anchors = 9;
  for (int k = 0; k < 9; ++k) window.bezier_curve_anchors[k] = {k * 100 + n, 1023};
  return out;
}

ClipSpec ten_bit() {
  ClipSpec spec;
  spec.pixels = AV_PIX_FMT_YUV420P10LE;
  return spec;
}

template <class T>
const T* on(const AVFrame& frame, AVFrameSideDataType type) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, type);
  return data == nullptr ? nullptr : reinterpret_cast<const T*>(data->data);
}

void expect_equal(AVRational a, AVRational b) {
  EXPECT_EQ(av_cmp_q(a, b), 0) << a.num << "/" << a.den;
}

TEST(FrameMetadataTest, KeepsHdr10ToTheUnit) {
  ClipSpec spec = ten_bit();
  spec.edit_packet = [](AVPacket& packet, int) {
    attach(packet, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, mastering_display());
    attach(packet, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AVContentLightMetadata{1001, 399});
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  const auto* display =
      on<AVMasteringDisplayMetadata>(*frames.front(), AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  const auto* light = on<AVContentLightMetadata>(*frames.front(), AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  ASSERT_NE(display, nullptr);
  ASSERT_NE(light, nullptr);
  const AVMasteringDisplayMetadata wanted = mastering_display();
  for (int n = 0; n < 3; ++n)
    for (int k = 0; k < 2; ++k)
      expect_equal(display->display_primaries[n][k], wanted.display_primaries[n][k]);
  for (int k = 0; k < 2; ++k) expect_equal(display->white_point[k], wanted.white_point[k]);
  expect_equal(display->max_luminance, wanted.max_luminance);
  expect_equal(display->min_luminance, wanted.min_luminance);
  EXPECT_EQ(light->MaxCLL, 1001U);
  EXPECT_EQ(light->MaxFALL, 399U);
}

TEST(FrameMetadataTest, HandsStreamMetadataToTheContainer) {
  ClipSpec spec = ten_bit();
  spec.edit_stream = [](AVStream& stream) {
    const AVMasteringDisplayMetadata display = mastering_display();
    std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_MASTERING_DISPLAY_METADATA, sizeof display),
                &display, sizeof display);
    const std::int32_t matrix[9] = {0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30};
    std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix), matrix,
                sizeof matrix);
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const std::unique_ptr<AVFormatContext, FreeFormat> format(avformat_alloc_context());
  AVStream* output = avformat_new_stream(format.get(), nullptr);
  ASSERT_TRUE(encoded->track->describe(*output).has_value());
  std::vector<AVPacketSideDataType> types;
  for (const auto& data : stream_side_data(*output)) types.push_back(data.type);
  EXPECT_EQ(types, (std::vector{AV_PKT_DATA_MASTERING_DISPLAY_METADATA, AV_PKT_DATA_DISPLAYMATRIX}));
  EXPECT_NE(
      on<AVMasteringDisplayMetadata>(*decode(*encoded).front(), AV_FRAME_DATA_MASTERING_DISPLAY_METADATA),
      nullptr);
}

TEST(FrameMetadataTest, KeepsHdr10PlusOnEveryFrame) {
  ClipSpec spec = ten_bit();
  spec.frames = 25;
  spec.edit_packet = [](AVPacket& packet, int n) {
    if (n != 7) attach(packet, AV_PKT_DATA_DYNAMIC_HDR10_PLUS, hdr10_plus(n));
  };
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.preset = "medium";
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 25U);
  for (int n = 0; n < 25; ++n) {
    const AVFrame& frame = *frames[static_cast<std::size_t>(n)];
    const auto* metadata = on<AVDynamicHDRPlus>(frame, AV_FRAME_DATA_DYNAMIC_HDR_PLUS);
    if (n == 7) continue;  // libavcodec repeats the last one
    ASSERT_NE(metadata, nullptr) << n;
    const AVDynamicHDRPlus wanted = hdr10_plus(n);
    EXPECT_EQ(metadata->application_version, 1);
    expect_equal(metadata->targeted_system_display_maximum_luminance, {400, 1});
    const auto &a = metadata->params[0], &b = wanted.params[0];
    for (int k = 0; k < 3; ++k) expect_equal(a.maxscl[k], b.maxscl[k]);
    for (int k = 0; k < 9; ++k) {
      EXPECT_EQ(a.distribution_maxrgb[k].percentage, b.distribution_maxrgb[k].percentage);
      expect_equal(a.distribution_maxrgb[k].percentile, b.distribution_maxrgb[k].percentile);
      expect_equal(a.bezier_curve_anchors[k], b.bezier_curve_anchors[k]);
    }
    expect_equal(a.knee_point_y, b.knee_point_y);
  }
}

TEST(FrameMetadataTest, KeepsClosedCaptionsOnTheirFrames) {
  ClipSpec spec;
  spec.frames = 25;
  spec.edit_packet = [](AVPacket& packet, int n) {
    const std::uint8_t captions[6] = {0xfc, static_cast<std::uint8_t>(n), 0x80, 0xfd, 0, 0};
    attach(packet, AV_PKT_DATA_A53_CC, captions);
  };
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.preset = "medium";
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 25U);
  for (int n = 0; n < 25; ++n) {
    const AVFrameSideData* data =
        av_frame_get_side_data(frames[static_cast<std::size_t>(n)].get(), AV_FRAME_DATA_A53_CC);
    ASSERT_NE(data, nullptr) << n;
    ASSERT_EQ(data->size, 6U);
    EXPECT_EQ(data->data[1], n);
  }
}

TEST(FrameMetadataTest, KeepsTimecodes) {
  ClipSpec spec;
  spec.edit_packet = [](AVPacket& packet, int n) {
    const std::uint32_t frame = static_cast<std::uint32_t>(n);
    const std::uint32_t code[4] = {1, frame << 24 | 0x12 << 16 | 0x34 << 8 | 0x10, 0, 0};  // 10:34:12:n
    attach(packet, AV_PKT_DATA_S12M_TIMECODE, code);
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  for (std::uint32_t n = 0; n < 10; ++n) {
    const auto* code = on<std::uint32_t>(*frames[n], AV_FRAME_DATA_S12M_TIMECODE);
    ASSERT_NE(code, nullptr);
    EXPECT_EQ(code[0], 1U);
    EXPECT_EQ(code[1] & 0x3f7f7f3f, n << 24 | 0x12 << 16 | 0x34 << 8 | 0x10);
  }
}

FramePtr dolby_vision_frame() {
  FramePtr frame(av_frame_alloc());
  frame->width = 1920;
  frame->height = 1080;
  frame->color_trc = AVCOL_TRC_SMPTE2084;
  av_frame_new_side_data(frame.get(), AV_FRAME_DATA_DOVI_RPU_BUFFER, 20);
  return frame;
}

TEST(DolbyVisionTest, KeepsASingleLayerAndItsRecord) {
  AVDOVIDecoderConfigurationRecord record{};
  record.dv_profile = 8;
  record.rpu_present_flag = record.bl_present_flag = 1;
  Diagnostics notes;
  const DolbyVision kept = settle_dolby_vision(&record, *dolby_vision_frame(), {24, 1}, notes);
  EXPECT_TRUE(kept.keep);
  ASSERT_EQ(kept.record.size(), sizeof record);
  EXPECT_EQ(std::memcmp(kept.record.data(), &record, sizeof record), 0);
  EXPECT_TRUE(notes.warnings().empty());
}

TEST(DolbyVisionTest, DropsWhatNeedsASecondLayerAndSaysSo) {
  AVDOVIDecoderConfigurationRecord record{};
  record.dv_profile = 7;
  record.el_present_flag = 1;
  Diagnostics notes;
  const DolbyVision dropped = settle_dolby_vision(&record, *dolby_vision_frame(), {24, 1}, notes);
  EXPECT_FALSE(dropped.keep);
  EXPECT_TRUE(dropped.record.empty());
  ASSERT_EQ(notes.warnings().size(), 1U);
  EXPECT_NE(notes.warnings().front().message.find("profile 7"), std::string::npos);
}

TEST(DolbyVisionTest, DropsAClaimWithoutMetadata) {
  AVDOVIDecoderConfigurationRecord record{};
  record.dv_profile = 8;
  const FramePtr plain(av_frame_alloc());
  Diagnostics notes;
  EXPECT_TRUE(settle_dolby_vision(&record, *plain, {24, 1}, notes).record.empty());
  EXPECT_EQ(notes.warnings().size(), 1U);
}

TEST(DolbyVisionTest, KnowsTheLevels) {
  EXPECT_EQ(dolby_vision_level(1280, 720, {24, 1}), 1);
  EXPECT_EQ(dolby_vision_level(1920, 1080, {24, 1}), 3);
  EXPECT_EQ(dolby_vision_level(1920, 1080, {25, 1}), 4);
  EXPECT_EQ(dolby_vision_level(3840, 2160, {60'000, 1001}), 9);
  EXPECT_EQ(dolby_vision_level(16'384, 16'384, {120, 1}), 13);
}

TEST(SeiTest, BoundsWhatItReads) {
  EXPECT_TRUE(caption_payload({}).empty());
  EXPECT_EQ(caption_payload(Bytes(300, 1)).size(), 10U + 31 * 3 + 1);
  AVDynamicHDRPlus broken = hdr10_plus(1);
  broken.num_windows = 200;
  AVFrameSideData data{};
  data.data = reinterpret_cast<std::uint8_t*>(&broken);
  data.size = sizeof broken;
  EXPECT_TRUE(hdr10_plus_payload(data).empty());
  broken = hdr10_plus(1);
  broken.params[0].num_bezier_curve_anchors = 255;
  broken.params[0].num_distribution_maxrgb_percentiles = 255;
  EXPECT_FALSE(hdr10_plus_payload(data).empty());
  data.size = 10;
  EXPECT_TRUE(hdr10_plus_payload(data).empty());
}

template <class T>
Bytes bytes_of(const T& value) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&value);
  return {bytes, bytes + sizeof value};
}

// A value that is not known is 0.
TEST(SeiTest, KeepsHalfAMasteringDisplay) {
  EXPECT_TRUE(mastering_display_payload(Bytes(4, 0)).empty());
  const Bytes whole = mastering_display_payload(bytes_of(mastering_display()));
  AVMasteringDisplayMetadata half = mastering_display();
  half.has_luminance = 0;
  const Bytes colours = mastering_display_payload(bytes_of(half));
  ASSERT_EQ(colours.size(), whole.size());
  EXPECT_TRUE(std::equal(whole.begin(), whole.begin() + 16, colours.begin()));
  EXPECT_EQ(Bytes(colours.begin() + 16, colours.end()), Bytes(8, 0));
  half.has_primaries = 0;
  EXPECT_TRUE(mastering_display_payload(bytes_of(half)).empty());
}

TEST(FrameMetadataTest, FollowsHdrValuesThatChange) {
  ClipSpec spec = ten_bit();
  spec.frames = 20;
  spec.edit_packet = [](AVPacket& packet, int n) {
    if (n >= 5) attach(packet, AV_PKT_DATA_CONTENT_LIGHT_LEVEL, AVContentLightMetadata{n < 10 ? 1000U : 4000U, 400});
  };
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.x265_params = "keyint=10:min-keyint=10:scenecut=0";
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 20U);
  EXPECT_EQ(on<AVContentLightMetadata>(*frames[0], AV_FRAME_DATA_CONTENT_LIGHT_LEVEL), nullptr);
  const auto* light = on<AVContentLightMetadata>(*frames[10], AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  ASSERT_NE(light, nullptr);
  EXPECT_EQ(light->MaxCLL, 4000U);
}

TEST(FrameMetadataTest, KeepsTwoPicturesInOne) {
  for (const AVStereo3DType type : {AV_STEREO3D_SIDEBYSIDE, AV_STEREO3D_TOPBOTTOM})
    for (const int flags : {0, AV_STEREO3D_FLAG_INVERT}) {
      ClipSpec spec;
      spec.frames = 3;
      spec.edit_stream = [&](AVStream& stream) {
        AVStereo3D stereo{};
        stereo.type = type;
        stereo.flags = flags;
        std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_STEREO3D, sizeof stereo), &stereo, sizeof stereo);
      };
      Clip clip = make_clip(spec);
      const auto encoded = encode(clip, quick_options());
      ASSERT_TRUE(encoded->ok()) << encoded->error.message;
      const auto frames = decode(*encoded);
      const auto* found = on<AVStereo3D>(*frames.front(), AV_FRAME_DATA_STEREO3D);
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(found->type, type);
      EXPECT_EQ(found->flags, flags);
    }
}

// MKV has no display matrix, so a turn that the pictures state goes on in them.
TEST(FrameMetadataTest, KeepsATurnThatThePicturesState) {
  constexpr std::int32_t k = 1 << 16;
  const std::int32_t turns[7][4] = {{0, k, -k, 0}, {-k, 0, 0, -k}, {0, -k, k, 0}, {-k, 0, 0, k},
                                    {k, 0, 0, -k}, {0, k, k, 0},   {0, -k, -k, 0}};
  for (const auto& turn : turns) {
    const std::array<std::int32_t, 9> matrix{turn[0], turn[1], 0, turn[2], turn[3], 0, 0, 0, 1 << 30};
    ClipSpec spec;
    spec.frames = 3;
    spec.edit_packet = [&](AVPacket& packet, int) { attach(packet, AV_PKT_DATA_DISPLAYMATRIX, matrix); };
    Clip clip = make_clip(spec);
    EncodeOptions options = quick_options();
    options.container = Container::mkv;
    const auto encoded = encode(clip, options);
    ASSERT_TRUE(encoded->ok()) << encoded->error.message;
    const auto frames = decode(*encoded);
    const auto* found = on<std::int32_t>(*frames.front(), AV_FRAME_DATA_DISPLAYMATRIX);
    ASSERT_NE(found, nullptr);
    const std::array<std::int32_t, 4> got{found[0], found[1], found[3], found[4]};
    for (std::size_t n = 0; n < got.size(); ++n) EXPECT_NEAR(got[n], turn[n], 16) << turn[0] << " " << turn[1] << " at " << n;
  }
}

}  // namespace
}  // namespace hevcpool::media
