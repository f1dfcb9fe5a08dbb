// SPDX-License-Identifier: GPL-2.0-or-later
// Sound through conversion and extraction: its channels, its gaps, its range, its length.
#include "converted.h"
#include "media/extract/audio_extract.h"
#include "sound.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

MadeFile with_sound(const std::string& graph, const std::string& encoder, const std::string& muxer = "matroska") {
  MadeFile spec;
  spec.muxer = muxer;
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=1";
  spec.audios = {MadeAudio{.graph = graph, .encoder = encoder}};
  return spec;
}

MadeFile sound_only(const std::string& graph, const std::string& encoder, const std::string& muxer = "matroska") {
  MadeFile spec = with_sound(graph, encoder, muxer);
  spec.videos.clear();
  return spec;
}

struct Extracted {
  UniqueFd file = memory_file();
  Expected<AudioExtractReport> report = Unexpected(Error{});
  bool warned(const std::string& code) const {
    return std::ranges::any_of(report->warnings, [&](const Warning& warning) { return warning.code == code; });
  }
};

Extracted extract(int source, AudioExtract options, const std::string& name = "") {
  Extracted out;
  AudioExtractRequest request{.source = source, .name = "", .options = std::move(options)};
  request.targets = {out.file.get()};
  request.target_name = name;
  out.report = extract_audio(request);
  EXPECT_TRUE(out.report) << (out.report ? "" : out.report.error().message);
  return out;
}

EncodeOptions into(Container container, const std::string& audio = "copy") {
  EncodeOptions options = quick();
  options.container = container;
  options.audio = audio;
  return options;
}

std::vector<int> heard(const Sound& sound) {
  std::vector<int> out;
  for (std::size_t n = 0; n < sound.channels.size(); ++n) out.push_back(sound.hertz(n));
  return out;
}

// Speakers at the side are those behind where a layout has no others.
AVChannel twin(AVChannel channel) {
  switch (channel) {
    case AV_CHAN_SIDE_LEFT: return AV_CHAN_BACK_LEFT;
    case AV_CHAN_SIDE_RIGHT: return AV_CHAN_BACK_RIGHT;
    case AV_CHAN_BACK_LEFT: return AV_CHAN_SIDE_LEFT;
    case AV_CHAN_BACK_RIGHT: return AV_CHAN_SIDE_RIGHT;
    default: return channel;
  }
}

// The tones of `source` as they lie in `layout`; 0 where it has no such speaker.
std::vector<int> expected(const std::string& source, const std::string& layout) {
  if (layout.find(" channels") != layout.npos) return tones_of(source);  // a file that says nothing but their number
  AVChannelLayout from{}, to{};
  av_channel_layout_from_string(&from, source.c_str());
  av_channel_layout_from_string(&to, layout.c_str());
  const std::vector<int> all = tones_of(source);
  std::vector<int> out;
  for (int n = 0; n < to.nb_channels; ++n) {
    const AVChannel channel = av_channel_layout_channel_from_index(&to, static_cast<unsigned>(n));
    int place = av_channel_layout_index_from_channel(&from, channel);
    const bool same = av_channel_layout_index_from_channel(&to, twin(channel)) < 0;
    if (place < 0 && same) place = av_channel_layout_index_from_channel(&from, twin(channel));
    out.push_back(place < 0 ? 0 : all[static_cast<std::size_t>(place)]);
  }
  return out;
}

void expect_tones(int file, const std::string& source, const std::string& what) {
  const Sound sound = listen(file);
  EXPECT_THAT(heard(sound), ElementsAreArray(expected(source, sound.layout))) << source << " as " << what << " in " << sound.layout;
}

const std::vector<std::string> kLayouts = {"mono", "stereo", "2.1", "3.0", "4.0", "quad", "5.0", "5.0(side)", "5.1", "5.1(side)",
                                           "6.1", "7.0", "7.1"};

class ExtractedTones : public ::testing::TestWithParam<const char*> {};

TEST_P(ExtractedTones, EveryChannelKeepsIts) {
  for (const std::string& layout : kLayouts) {
    const auto source = make_file(sound_only(tones(layout, 0.3), "flac"));
    const auto made = extract(source.get(), {.codec = GetParam()});
    if (made.report) expect_tones(made.file.get(), layout, GetParam());
  }
}
INSTANTIATE_TEST_SUITE_P(Sound, ExtractedTones, ::testing::Values("aac", "opus", "flac", "wav"));

class EncodedTones : public ::testing::TestWithParam<const char*> {};

TEST_P(EncodedTones, EveryChannelKeepsIts) {
  for (const std::string& layout : kLayouts) {
    MadeFile spec = with_sound(tones(layout, 0.3), "flac");
    spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=0.2";
    const Converted made = convert_made(spec, into(Container::mkv, GetParam()));
    ASSERT_TRUE(made.ok()) << layout << ": " << made.problem();
    expect_tones(made.target.get(), layout, GetParam());
    EXPECT_TRUE(made.verified()) << layout;
  }
}
INSTANTIATE_TEST_SUITE_P(Sound, EncodedTones, ::testing::Values("aac:512k", "opus", "vorbis", "flac", "alac", "ac3:640k", "eac3"));

// From 0.2 s to 0.7 s there is none; soft from 0.8 s on.
std::string with_hole(int block, int rate = 48000) {
  return fmt::format("sine=frequency=440:sample_rate={0}:duration=1,volume='if(lt(t,0.8),8,1)':eval=frame,"
                     "asetnsamples={1},aselect='not(between(t,0.2,0.7))'", rate, block);
}

void expect_hole(int file, const std::string& what) {
  const Sound sound = listen(file);
  EXPECT_NEAR(sound.seconds(), 1, 0.06) << what;
  EXPECT_GT(sound.level(0.05, 0.15), 0.5) << what;
  EXPECT_LT(sound.level(0.35, 0.6), 0.02) << what;
  EXPECT_GT(sound.level(0.74, 0.78), 0.5) << what;
  EXPECT_LT(sound.level(0.9, 1), 0.2) << what;
  EXPECT_GT(sound.level(0.9, 0.95), 0.05) << what;
}

TEST(SoundTest, AHoleIsSilentInWhateverIsExtracted) {
  for (const auto& [encoder, block] : {std::pair{"ac3", 1536}, std::pair{"pcm_s16le", 480}, std::pair{"libmp3lame", 1152}}) {
    const auto source = make_file(with_sound(with_hole(block), encoder));
    for (const std::string codec : {"wav", "flac", "aac", "opus", "mp3"})
      expect_hole(extract(source.get(), {.codec = codec}).file.get(), std::string(encoder) + " to " + codec);
  }
}

TEST(SoundTest, AHoleStaysWhenSoundIsConverted) {
  for (const std::string codec : {"flac", "aac", "opus", "pcm_s16le"}) {
    const Converted made = convert_made(with_sound(with_hole(1536), "ac3"), into(Container::mkv, codec));
    ASSERT_TRUE(made.ok()) << codec << ": " << made.problem();
    expect_hole(made.target.get(), codec);
    EXPECT_TRUE(made.verified()) << codec;
  }
}

TEST(SoundTest, CopiesFillAHoleOrKeepIt) {
  const auto pcm = make_file(with_sound(with_hole(480), "pcm_s16le"));
  expect_hole(extract(pcm.get(), {}).file.get(), "wav");
  const auto ac3 = make_file(with_sound(with_hole(1536), "ac3"));
  const auto kept = extract(ac3.get(), {});
  EXPECT_EQ(kept.report->tracks[0].extension, "mka");
  EXPECT_TRUE(kept.warned("gaps"));
  const FoundFile found = read_file(kept.file.get());
  EXPECT_NEAR(found.streams.at(0).packets.back().pts, 0.96, 0.04);
  const auto named = extract(ac3.get(), {}, "sound.ac3");
  EXPECT_EQ(named.report->tracks[0].extension, "ac3");
  EXPECT_TRUE(named.warned("gaps"));
  const auto whole = make_file(with_sound("sine=frequency=440:sample_rate=48000:duration=1", "ac3"));
  EXPECT_TRUE(extract(whole.get(), {}).report->warnings.empty());
}

TEST(SoundTest, SoundThatBeginsLateBeginsWithSilence) {
  MadeFile spec = with_sound("sine=frequency=440:sample_rate=48000:duration=0.5,volume=8", "ac3");
  spec.audios[0].delay = 0.5;
  const auto source = make_file(spec);
  for (const std::string codec : {"wav", "flac", "aac", "opus"}) {
    const Sound sound = listen(extract(source.get(), {.codec = codec}).file.get());
    EXPECT_NEAR(sound.seconds(), 1, 0.05) << codec;
    EXPECT_LT(sound.level(0, 0.46), 0.02) << codec;
    EXPECT_GT(sound.level(0.55, 0.95), 0.3) << codec;
  }
  EXPECT_TRUE(extract(source.get(), {}).warned("gaps"));
}

TEST(SoundTest, FloatingPointKeepsItsRange) {
  const std::string loud = "aevalsrc=exprs='1.9*sin(2*PI*440*t)':channel_layout=mono:sample_rate=48000:duration=0.5";
  for (const std::string encoder : {"pcm_f32be", "pcm_f64be", "pcm_f32le", "pcm_f64le"}) {
    const MadeFile spec = with_sound(loud, encoder, "mov");
    EncodeOptions strict = into(Container::mkv);
    strict.strict = true;
    for (const auto& options : {strict, into(Container::mov), quick()}) {
      const Converted made = convert_made(spec, options);
      ASSERT_TRUE(made.ok()) << encoder << ": " << made.problem();
      EXPECT_NEAR(listen(made.target.get()).peak(), 1.9, 0.01) << encoder;
    }
    const auto source = make_file(spec);
    EXPECT_NEAR(listen(extract(source.get(), {.codec = "wav"}).file.get()).peak(), 1.9, 0.01) << encoder;
    EXPECT_TRUE(extract(source.get(), {.codec = "flac"}).warned("samples")) << encoder;
    const Converted cut = convert_made(spec, into(Container::mp4));
    ASSERT_TRUE(cut.ok()) << cut.problem();
    EXPECT_TRUE(cut.warned("samples", "above full scale")) << encoder;
    strict.container = Container::mp4;
    EXPECT_FALSE(convert_made(spec, strict).ok()) << encoder;
  }
}

TEST(SoundTest, SoundThatNoContainerHoldsBecomesFlac) {
  for (const auto& [encoder, muxer, rate] : {std::tuple{"adpcm_swf", "flv", 22050}, std::tuple{"nellymoser", "flv", 22050},
                                             std::tuple{"adpcm_ima_qt", "mov", 44100}, std::tuple{"pcm_s8", "mov", 48000}}) {
    const MadeFile spec = with_sound(fmt::format("sine=frequency=440:sample_rate={}:duration=1", rate), encoder, muxer);
    for (const Container container : {Container::automatic, Container::mkv, Container::mp4, Container::mov}) {
      const Converted made = convert_made(spec, into(container));
      ASSERT_TRUE(made.ok()) << encoder << ": " << made.problem();
      const Sound before = listen(made.source.get()), after = listen(made.target.get());
      EXPECT_TRUE(made.verified()) << encoder;
      EXPECT_NEAR(before.seconds(), after.seconds(), 0.001) << encoder;
      EXPECT_NEAR(before.peak(), after.peak(), 0.001) << encoder;
    }
  }
}

// As broadcasts do it between a film and its advertisements. The output has the layout that libav finds while it looks at
// the file's beginning, or that is said.
TEST(SoundTest, ALayoutThatChangesOnTheWayIsMixedAndNoChannelIsLostUnsaid) {
  const auto part = [](const std::string& layout) { return content(make_file(sound_only(tones(layout), "ac3", "ac3")).get()); };
  const std::string surround = part("5.1(side)"), stereo = part("stereo");
  for (const std::string codec : {"flac", "aac", "opus"}) {
    for (const std::string& all : {surround + stereo, stereo + surround}) {
      const UniqueFd source = memory_file(all);
      const auto made = extract(source.get(), {.codec = codec});
      const Sound sound = listen(made.file.get());
      EXPECT_NEAR(sound.seconds(), 1.25, 0.08) << codec;
      EXPECT_TRUE(sound.channels.size() == 6 || made.warned("channels")) << codec;
      EXPECT_EQ(sound.hertz(0, {0.6, 0.9}), 300) << codec;
      EXPECT_EQ(sound.hertz(1, {0.6, 0.9}), 500) << codec;
    }
  }
}

TEST(SoundTest, ARateThatChangesOnTheWayKeepsTheLength) {
  const auto part = [](int rate) {
    return content(make_file(sound_only(fmt::format("sine=frequency=440:sample_rate={}:duration=0.5", rate), "ac3", "ac3")).get());
  };
  const UniqueFd source = memory_file(part(48000) + part(32000) + part(44100));
  for (const std::string codec : {"flac", "aac", "opus", "mp3"})
    EXPECT_NEAR(listen(extract(source.get(), {.codec = codec}).file.get()).seconds(), 1.55, 0.12) << codec;
}

TEST(SoundTest, VeryShortSoundIsNormalisedAndThatIsSaid) {
  const auto source = make_file(with_sound("sine=frequency=1000:sample_rate=48000:duration=0.25", "pcm_s16le"));
  const auto made = extract(source.get(), {.codec = "wav", .normalise = -16.0});
  EXPECT_TRUE(made.warned("loudness"));
  const Sound sound = listen(made.file.get());
  EXPECT_EQ(sound.channels.at(0).size(), 12000u);
  const double rms = sound.level(0, 1) / std::sqrt(2.0);  // of this tone its loudness
  EXPECT_NEAR(20 * std::log10(rms), -16, 0.2);
  const auto silent = make_file(with_sound("anullsrc=channel_layout=mono:sample_rate=48000:duration=0.25", "pcm_s16le"));
  EXPECT_TRUE(extract(silent.get(), {.codec = "wav", .normalise = -16.0}).warned("loudness"));
}

}  // namespace
}  // namespace hevcpool::media::testing
