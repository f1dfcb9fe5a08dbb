// SPDX-License-Identifier: GPL-2.0-or-later
// What a container takes the streams of, but not what is said of them: kept, or another container chosen, or named.
#include "converted.h"
#include "media/libav/compat.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/stereo3d.h>
}

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::HasSubstr;

class LossesTest : public ::testing::Test {
 protected:
  static EncodeOptions into(Container container, bool strict = false) {
    EncodeOptions options = quick();
    options.container = container;
    options.strict = strict;
    return options;
  }
  // Chosen by itself, and without a word.
  static Container chosen_for(const MadeFile& spec, EncodeOptions options = quick()) {
    options.strict = true;
    const Converted result = convert_made(spec, options);
    EXPECT_TRUE(result.ok()) << result.problem();
    return result.ok() ? result.report->inspection.container : Container::automatic;
  }
  static void expect_named(const MadeFile& spec, Container container, const std::string& code,
                           const std::string& text) {
    const Converted result = convert_made(spec, into(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_TRUE(result.warned(code, text)) << text;
    const Converted refused = convert_made(spec, into(container, true));
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.report.error().code, code);
    EXPECT_THAT(refused.report.error().message, HasSubstr(text));
  }
  static MadeFile with_sound(const std::string& encoder, const std::string& layout,
                             const std::string& muxer = "matroska") {
    MadeFile spec;
    spec.muxer = muxer;
    MadeAudio audio;
    audio.encoder = encoder;
    audio.graph = "anullsrc=channel_layout=" + layout + ":sample_rate=48000:duration=0.5";
    spec.audios = {audio};
    return spec;
  }
  static std::string layout_of(const Converted& result) { return result.after.of("audio").at(0)->layout; }
};

TEST_F(LossesTest, FlacGoesIntoMp4OnlyInTheLayoutThatItHasThere) {
  for (const std::string layout : {"stereo", "3.0", "5.1(side)", "7.1"})
    EXPECT_EQ(chosen_for(with_sound("flac", layout)), Container::mp4) << layout;
  for (const std::string layout : {"2.1", "5.1", "7.1(wide)"}) {
    const MadeFile spec = with_sound("flac", layout);
    const Converted kept = convert_made(spec);
    ASSERT_TRUE(kept.ok()) << kept.problem();
    EXPECT_EQ(kept.report->inspection.container, Container::mkv) << layout;
    EXPECT_EQ(layout_of(kept), layout);
  }
  const MadeFile spec = with_sound("flac", "2.1");
  expect_named(spec, Container::mp4, "channels", "channels are 2.1: players take them for 3.0");
  EXPECT_EQ(layout_of(convert_made(spec, into(Container::mp4))), "3.0");  // as it was said
}

TEST_F(LossesTest, PcmIsFlacInMkvWhereOnlyThatKeepsItsLayout) {
  const MadeFile spec = with_sound("pcm_s16le", "5.1", "mov");
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->inspection.container, Container::mkv);
  EXPECT_EQ(result.after.of("audio").at(0)->codec, "flac");
  EXPECT_EQ(layout_of(result), "5.1");
  EXPECT_TRUE(result.warned("converted", "pcm_s16le to flac"));
  EXPECT_EQ(layout_of(convert_made(spec, into(Container::mov))), "5.1");
  expect_named(with_sound("pcm_f32le", "5.1", "mov"), Container::mkv, "channels", "pcm_f32le in MKV");
}

TEST_F(LossesTest, OtherSoundKeepsItsLayoutInMp4) {
  EXPECT_EQ(chosen_for(with_sound("ac3", "2.1")), Container::mp4);
  EXPECT_EQ(chosen_for(with_sound("alac", "5.1")), Container::mp4);
  EXPECT_EQ(chosen_for(with_sound("libopus", "5.1")), Container::mp4);
}

MadeFile in_3d(AVStereo3DType type, int flags) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].edit = [=](AVStream& stream) {
    const AVStereo3D stereo{.type = type, .flags = flags, .view = AV_STEREO3D_VIEW_PACKED};
    std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_STEREO3D, sizeof stereo), &stereo, sizeof stereo);
  };
  return spec;
}

TEST_F(LossesTest, ThreeDimensionsStayWhereTheContainerTellsThem) {
  EXPECT_EQ(chosen_for(in_3d(AV_STEREO3D_SIDEBYSIDE, 0)), Container::mp4);
  EXPECT_EQ(chosen_for(in_3d(AV_STEREO3D_SIDEBYSIDE, AV_STEREO3D_FLAG_INVERT)), Container::mkv);
  EXPECT_EQ(chosen_for(in_3d(AV_STEREO3D_CHECKERBOARD, 0)), Container::mkv);
  expect_named(in_3d(AV_STEREO3D_CHECKERBOARD, 0), Container::mp4, "labels", "its 3D layout (checkerboard)");
  expect_named(in_3d(AV_STEREO3D_SIDEBYSIDE, 0), Container::mov, "labels", "its 3D layout (side by side)");
}

MadeFile turned(double degrees) {
  MadeFile spec;
  spec.videos[0].edit = [=](AVStream& stream) {
    std::int32_t matrix[9];
    av_display_rotation_set(matrix, degrees);
    std::memcpy(new_stream_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, sizeof matrix), matrix, sizeof matrix);
  };
  return spec;
}

TEST_F(LossesTest, ATurnByLessThanAQuarterIsKeptInMp4AndNamedForMkv) {
  EXPECT_EQ(chosen_for(turned(45)), Container::mp4);
  expect_named(turned(45), Container::mkv, "labels", "its rotation by 45 degrees");
  EXPECT_TRUE(convert_made(turned(90), into(Container::mkv, true)).ok());  // the picture itself is turned
}

TEST_F(LossesTest, StrictnessRefusesLostLabelsAndTags) {
  MadeFile spec = with_sound("aac", "stereo");
  spec.audios[0].tags = {{"title", "Comment"}};
  expect_named(spec, Container::mp4, "labels", "its labels: title");
  spec.audios[0].tags = {};
  spec.tags = {{"CUSTOM", "x"}};
  expect_named(spec, Container::mp4, "labels", "the tag CUSTOM");
}

TEST_F(LossesTest, MovKeepsTheTagsOfAnMp4File) {
  MadeFile spec;
  spec.tags = {{"title", "T"}, {"lyrics", "la la"}, {"show", "S"}, {"network", "N"}, {"track", "3/9"},
               {"location", "+48.1000+011.5000/"}};
  const Converted result = convert_made(spec, into(Container::mov, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  for (const auto& [key, value] : spec.tags) EXPECT_EQ(result.after.tags.at(key), value) << key;
  spec.muxer = "matroska";
  spec.tags = {{"title", "T"}, {"lyrics", "la la"}};
  expect_named(spec, Container::mov, "labels", "MOV has no place for the tag LYRICS");
}

TEST_F(LossesTest, MkvKeepsAStreamsCreationTime) {
  MadeFile spec = with_sound("aac", "stereo", "mp4");
  spec.tags = {{"creation_time", "2015-05-06T07:08:09.000000Z"}};
  const Converted result = convert_made(spec, into(Container::mkv, true));
  ASSERT_TRUE(result.ok()) << result.problem();
  for (const FoundStream& stream : result.after.streams)
    EXPECT_EQ(stream.tags.at("CREATION_TIME"), spec.tags["creation_time"]) << stream.type;

  MadeFile other;
  other.muxer = "matroska";
  other.tags = {{"creation_time", "2015-05-06T07:08:09.000000Z"}};
  other.videos[0].tags = {{"creation_time-und", "2016-01-01T00:00:00.000000Z"}};
  expect_named(other, Container::mp4, "labels", "2016-01-01");
}

TEST_F(LossesTest, SoundAskedForDecidesTheContainer) {
  for (const auto& [request, container] :
       {std::pair{"pcm_s16le", Container::mkv}, std::pair{"wavpack", Container::mkv},
        std::pair{"vorbis:128k", Container::mkv}, std::pair{"opus:96k", Container::mp4}}) {
    EncodeOptions options = quick();
    options.audio = request;
    EXPECT_EQ(chosen_for(with_sound("aac", "stereo", "mp4"), options), container) << request;
  }
  EncodeOptions flac = quick();
  flac.audio = "flac";
  EXPECT_EQ(chosen_for(with_sound("ac3", "2.1", "mp4"), flac), Container::mkv);
  for (const auto& [request, container, text] :
       {std::tuple{"pcm_s16le", Container::mp4, "MP4 cannot hold pcm_s16le"},
        std::tuple{"opus", Container::mov, "MOV cannot hold opus"},
        std::tuple{"wavpack", Container::mp4, "MP4 cannot hold wavpack"}}) {
    EncodeOptions options = into(container);
    options.audio = request;
    Diagnostics notes;
    const UniqueFd source = make_file(with_sound("aac", "stereo", "mp4"));
    const auto refused = inspect(source.get(), "x.mp4", options, notes);
    ASSERT_FALSE(refused) << request;
    EXPECT_THAT(refused.error().message, HasSubstr(text));
  }
}

TEST_F(LossesTest, SoundIsEncodedInTheNearestLayoutThatTheCodecHasAndThatIsSaid) {
  for (const auto& [request, before, after] :
       {std::tuple{"opus", "2.1", "5.1"}, std::tuple{"vorbis", "4.0", "6.1"}, std::tuple{"libmp3lame", "5.1", "stereo"},
        std::tuple{"opus", "7.1(wide)", "7.1"}}) {
    EncodeOptions options = quick();
    options.audio = request;
    const Converted result = convert_made(with_sound("flac", before), options);
    ASSERT_TRUE(result.ok()) << request << ": " << result.problem();
    EXPECT_EQ(layout_of(result), after) << request;
    EXPECT_TRUE(result.warned("converted", std::string(before) + " channels become " + after)) << request;
  }
  EncodeOptions options = quick();
  options.audio = "opus";
  const Converted same = convert_made(with_sound("flac", "5.1(side)"), options);
  ASSERT_TRUE(same.ok()) << same.problem();
  EXPECT_EQ(layout_of(same), "5.1");
  EXPECT_TRUE(same.report->warnings.empty());
}

}  // namespace
}  // namespace hevcpool::media::testing
