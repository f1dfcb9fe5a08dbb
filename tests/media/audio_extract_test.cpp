// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_extract.h"

#include "media/audio/audio_formats.h"

#include "support/clip_file.h"

#include <gmock/gmock.h>

namespace hevcpool::media {
namespace {

using test::MadeAudio;

test::MadeFile two_tracks() {
  test::MadeFile spec;
  spec.audios = {MadeAudio{}, MadeAudio{.graph = "sine=frequency=880:sample_rate=44100:duration=1",
                                        .encoder = "libmp3lame", .tags = {{"language", "fra"}}, .disposition = 0}};
  return spec;
}

struct Extracted {
  Expected<AudioExtractReport> report;
  std::vector<UniqueFd> files;
};

Extracted extract(const UniqueFd& source, const AudioExtract& options, std::size_t files = 1) {
  std::vector<UniqueFd> targets;
  AudioExtractRequest request{.source = source.get(), .name = "a.mp4", .options = options};
  for (std::size_t i = 0; i < files; ++i) {
    targets.push_back(test::memory_file());
    request.targets.push_back(targets.back().get());
  }
  return {extract_audio(request), std::move(targets)};
}

std::vector<std::string> data_of(const test::FoundStream& stream) {
  std::vector<std::string> out;
  for (const auto& packet : stream.packets) out.push_back(packet.data);
  return out;
}

TEST(AudioExtractTest, CopiesEveryPacketByteForByte) {
  const auto source = test::make_file(two_tracks());
  const auto made = extract(source, {.all_tracks = true}, 4);
  ASSERT_TRUE(made.report) << made.report.error().message;
  ASSERT_EQ(made.report->tracks.size(), 2u);
  EXPECT_EQ(made.report->tracks[0].extension, "m4a");
  EXPECT_EQ(made.report->tracks[1].extension, "mp3");
  EXPECT_EQ(made.report->tracks[1].language, "fra");
  const auto before = test::read_file(source.get());
  for (std::size_t i = 0; i < 2; ++i) {
    const auto after = test::read_file(made.files[i].get());
    ASSERT_EQ(after.of("audio").size(), 1u);
    EXPECT_EQ(data_of(*after.of("audio")[0]), data_of(*before.of("audio")[i])) << "track " << i;
  }
}

// A DVD's PCM is laid out as no file has it: its samples are kept, not its packets.
TEST(AudioExtractTest, DiscPcmBecomesAWav) {
  test::MadeFile spec;
  spec.muxer = "vob";
  spec.videos[0].encoder = "mpeg2video";
  spec.audios = {MadeAudio{.encoder = "pcm_dvd"}};
  const auto source = test::make_file(spec);
  const auto made = extract(source, {});
  ASSERT_TRUE(made.report) << made.report.error().message;
  EXPECT_EQ(made.report->tracks.at(0).extension, "wav");
  EXPECT_EQ(made.report->tracks[0].codec, "pcm_s16le");
  EXPECT_NEAR(made.report->tracks[0].seconds, 1, 0.04);  // it begins a little after the picture
  ASSERT_EQ(made.report->warnings.size(), 1u);
  EXPECT_EQ(made.report->warnings[0].code, "converted");
  EXPECT_EQ(test::read_file(made.files[0].get()).of("audio").at(0)->codec, "pcm_s16le");
}

TEST(AudioExtractTest, TheNameOfTheFileCounts) {
  EXPECT_EQ(audio_file_named("", AV_CODEC_ID_AAC)->muxer, "ipod");
  EXPECT_EQ(audio_file_named("a", AV_CODEC_ID_AAC)->muxer, "ipod");
  EXPECT_EQ(audio_file_named("a.m4a", AV_CODEC_ID_AAC)->muxer, "ipod");
  EXPECT_EQ(audio_file_named("a.mka", AV_CODEC_ID_AAC)->muxer, "matroska");
  EXPECT_EQ(audio_file_named("a.aac", AV_CODEC_ID_AAC)->muxer, "adts");
  EXPECT_EQ(audio_file_named("a.ogg", AV_CODEC_ID_OPUS)->muxer, "ogg");
  for (const char* wrong : {"a.mp3", "a.wav", "a.xyz"}) EXPECT_FALSE(audio_file_named(wrong, AV_CODEC_ID_AAC)) << wrong;
}

TEST(AudioExtractTest, WavKeepsTheDepth) {
  AVCodecParameters source{};
  source.format = AV_SAMPLE_FMT_S32;
  source.bits_per_raw_sample = 32;
  EXPECT_EQ(audio_encoding("wav", source)->encoder->id, AV_CODEC_ID_PCM_S32LE);
  source.bits_per_raw_sample = 24;
  EXPECT_EQ(audio_encoding("wav", source)->encoder->id, AV_CODEC_ID_PCM_S24LE);
}

TEST(AudioExtractTest, ChoosesTheTrackAskedFor) {
  const auto source = test::make_file(two_tracks());
  const auto made = extract(source, {.tracks = {1}});
  ASSERT_TRUE(made.report) << made.report.error().message;
  EXPECT_EQ(made.report->tracks.at(0).codec, "mp3");
  const auto missing = extract(source, {.tracks = {2}});
  ASSERT_FALSE(missing.report);
  EXPECT_EQ(missing.report.error().code, "no_audio");
}

TEST(AudioExtractTest, EncodesToEveryCodec) {
  const auto source = test::make_file(two_tracks());
  const std::vector<std::pair<std::string, std::string>> kinds{
      {"aac", "aac"}, {"opus", "opus"}, {"flac", "flac"}, {"mp3", "mp3"}, {"wav", "pcm_s16le"}};
  for (const auto& [codec, found] : kinds) {
    const auto made = extract(source, {.codec = codec});
    ASSERT_TRUE(made.report) << codec << ": " << made.report.error().message;
    const auto file = test::read_file(made.files[0].get());
    ASSERT_EQ(file.streams.size(), 1u);
    EXPECT_EQ(file.streams[0].codec, found);
    EXPECT_NEAR(file.duration, 1, 0.1) << codec;
  }
}

TEST(AudioExtractTest, MeasuresAndNormalisesLoudness) {
  test::MadeFile spec;
  spec.audios = {MadeAudio{.graph = "sine=frequency=1000:sample_rate=48000:duration=5,volume=0.1"}};
  const auto source = test::make_file(spec);
  const auto made = extract(source, {.codec = "wav", .normalise = -23.0});
  ASSERT_TRUE(made.report) << made.report.error().message;
  ASSERT_TRUE(made.report->tracks[0].loudness);
  EXPECT_LT(made.report->tracks[0].loudness->integrated, -30);
  const auto again = extract(made.files[0], {.codec = "wav", .loudness = true});
  ASSERT_TRUE(again.report) << again.report.error().message;
  EXPECT_NEAR(again.report->tracks[0].loudness->integrated, -23, 0.5);
}

TEST(AudioExtractTest, AFileWithoutSoundIsAnError) {
  const auto source = test::make_file(test::MadeFile{});
  const auto made = extract(source, {});
  ASSERT_FALSE(made.report);
  EXPECT_EQ(made.report.error().code, "no_audio");
}

}  // namespace
}  // namespace hevcpool::media
