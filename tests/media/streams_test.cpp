// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of the streams, tags, chapters and attachments of a source.
#include "converted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

EncodeOptions to_container(Container container) {
  EncodeOptions options = quick();
  options.container = container;
  return options;
}

MadeSubtitle srt() {
  MadeSubtitle subtitle;
  subtitle.cues = {{0.2, 0.3, "first <i>line</i>"}, {0.6, 0.2, "second"}};
  subtitle.tags = {{"language", "fre"}, {"title", "Texte"}};
  return subtitle;
}

std::string ass_header() {
  return "[Script Info]\nScriptType: v4.00+\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize\nStyle: "
         "Default,Arial,20\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n";
}

MadeFile rich_matroska() {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].tags = {{"title", "Picture"}, {"language", "eng"}};
  MadeAudio german;
  german.encoder = "flac";
  german.tags = {{"language", "ger"}, {"title", "Kommentar"}};
  german.disposition = AV_DISPOSITION_COMMENT;
  spec.audios = {MadeAudio{}, german};
  MadeSubtitle ass;
  ass.codec = AV_CODEC_ID_ASS;
  ass.header = ass_header();
  ass.cues = {{0.1, 0.5, "0,0,Default,,0,0,0,,{\\b1}Bold{\\b0} words"}};
  ass.disposition = AV_DISPOSITION_FORCED;
  spec.subtitles = {ass, srt()};
  spec.attachments = {{"a font.ttf", "font/ttf", "not really a font"}, {"b.otf", "application/octet-stream", "b"}};
  spec.chapters = {{0, 0.4, "One"}, {0.4, 1, "Two"}};
  spec.cover = make_jpeg(33, 21);
  spec.tags = {{"title", "A film"}, {"artist", "Somebody"}, {"comment", "Of note"}, {"CUSTOM", "kept too"}};
  return spec;
}

TEST(StreamsTest, ChoosesMatroskaForLabelsThatMp4HasNoPlaceFor) {
  MadeFile spec;
  spec.muxer = "matroska";
  MadeAudio comment;
  comment.tags = {{"title", "Comment"}};
  spec.audios = {MadeAudio{}, comment};
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->inspection.container, Container::mkv);
  EXPECT_TRUE(result.report->warnings.empty());
  const Converted forced = convert_made(spec, to_container(Container::mp4));
  ASSERT_TRUE(forced.ok()) << forced.problem();
  EXPECT_TRUE(forced.warned("labels", "title"));
}

TEST(StreamsTest, KeepsTagsThatNoPlayerKnows) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.tags = {{"CUSTOM", "kept"}};
  const Converted matroska = convert_made(spec);
  ASSERT_TRUE(matroska.ok()) << matroska.problem();
  EXPECT_EQ(matroska.report->inspection.container, Container::mkv);
  EXPECT_EQ(matroska.after.tags.at("CUSTOM"), "kept");
  EXPECT_TRUE(convert_made(spec, to_container(Container::mp4)).warned("labels", "CUSTOM"));

  spec.muxer = "mp4";
  spec.muxer_options = {{"movflags", "use_metadata_tags"}};
  const Converted mp4 = convert_made(spec);
  ASSERT_TRUE(mp4.ok()) << mp4.problem();
  EXPECT_EQ(mp4.report->inspection.container, Container::mp4);
  EXPECT_EQ(mp4.after.tags.at("CUSTOM"), "kept");
}

TEST(StreamsTest, ChoosesMatroskaWhereMp4WouldMakeASoundTheDefault) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.muxer_options = {{"default_mode", "passthrough"}};
  MadeAudio unmarked;
  unmarked.disposition = 0;
  spec.audios = {unmarked};
  EXPECT_EQ(convert_made(spec).report->inspection.container, Container::mp4);
  spec.audios.push_back(unmarked);
  EXPECT_EQ(convert_made(spec).report->inspection.container, Container::mkv);
}

TEST(StreamsTest, ASubtitleMayOutlastThePicture) {
  MadeFile spec = rich_matroska();
  spec.subtitles[1].cues.push_back({1.5, 90, "The end"});
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto verified = result.verified();
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST(StreamsTest, KeepsEverythingOfARichMatroskaFile) {
  const Converted result = convert_made(rich_matroska());
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->inspection.container, Container::mkv);
  EXPECT_TRUE(result.report->warnings.empty()) << result.report->warnings[0].message;
  const FoundFile& out = result.after;
  ASSERT_EQ(out.of("video").size(), 1u);
  EXPECT_EQ(out.of("video")[0]->codec, "hevc");
  EXPECT_EQ(out.of("video")[0]->tags.at("title"), "Picture");
  ASSERT_EQ(out.of("audio").size(), 2u);
  EXPECT_EQ(out.of("audio")[0]->codec, "aac");
  EXPECT_EQ(out.of("audio")[1]->codec, "flac");
  EXPECT_EQ(out.of("audio")[1]->tags.at("language"), "ger");
  EXPECT_EQ(out.of("audio")[1]->tags.at("title"), "Kommentar");
  EXPECT_TRUE(out.of("audio")[1]->disposition & AV_DISPOSITION_COMMENT);
  ASSERT_EQ(out.of("subtitle").size(), 2u);
  EXPECT_EQ(out.of("subtitle")[0]->codec, "ass");
  EXPECT_TRUE(out.of("subtitle")[0]->disposition & AV_DISPOSITION_FORCED);
  EXPECT_EQ(out.of("subtitle")[1]->codec, "subrip");
  for (std::size_t n = 0; n < 2; ++n)
    EXPECT_EQ(out.of("subtitle")[n]->packets.at(0).data, result.before.of("subtitle")[n]->packets.at(0).data);
}

TEST(StreamsTest, KeepsAttachmentsChaptersCoverAndTags) {
  const Converted result = convert_made(rich_matroska());
  ASSERT_TRUE(result.ok()) << result.problem();
  const FoundFile& out = result.after;
  ASSERT_EQ(out.of("attachment").size(), 2u);
  EXPECT_EQ(out.of("attachment")[0]->tags.at("filename"), "a font.ttf");
  EXPECT_EQ(out.of("attachment")[0]->tags.at("mimetype"), "font/ttf");
  EXPECT_EQ(out.of("attachment")[0]->extradata, "not really a font");
  EXPECT_EQ(out.of("attachment")[1]->tags.at("mimetype"), "application/octet-stream");
  ASSERT_EQ(out.of("picture").size(), 1u);
  EXPECT_EQ(out.of("picture")[0]->packets.at(0).data, make_jpeg(33, 21));
  ASSERT_EQ(out.chapters.size(), 2u);
  EXPECT_EQ(out.chapters[1].title, "Two");
  EXPECT_NEAR(out.chapters[1].start, 0.4, 0.001);
  for (const auto& [key, value] : Tags{{"title", "A film"}, {"ARTIST", "Somebody"}, {"CUSTOM", "kept too"}})
    EXPECT_EQ(out.tags.at(key), value);
}

TEST(StreamsTest, PutsWhatFitsIntoMp4) {
  MadeFile spec;
  spec.audios = {MadeAudio{}};
  spec.audios[0].tags = {{"language", "deu"}};
  spec.cover = make_jpeg(32, 32);
  spec.chapters = {{0, 0.5, "One"}, {0.5, 1, "Two"}};
  spec.tags = {{"title", "A film"}, {"creation_time", "2019-05-04T03:02:01.000000Z"}};
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->inspection.container, Container::mp4);
  const FoundFile& out = result.after;
  EXPECT_EQ(out.of("audio")[0]->tags.at("language"), "deu");
  ASSERT_EQ(out.of("picture").size(), 1u);
  EXPECT_EQ(out.of("picture")[0]->packets.at(0).data, spec.cover);
  ASSERT_EQ(out.chapters.size(), 2u);
  EXPECT_EQ(out.chapters[0].title, "One");
  EXPECT_EQ(out.tags.at("title"), "A film");
  EXPECT_EQ(out.tags.at("creation_time"), spec.tags["creation_time"]);
  EXPECT_TRUE(result.verified()) << result.verified().error().message;
}

TEST(StreamsTest, EncodesEveryVideoStream) {
  MadeFile spec;
  spec.videos.push_back(MadeVideo{});
  spec.videos[1].graph = "testsrc=size=64x64:rate=30:duration=1";
  spec.videos[1].encoder = "mpeg4";
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  ASSERT_EQ(result.after.of("video").size(), 2u);
  EXPECT_EQ(result.after.of("video")[0]->packets.size(), 25u);
  EXPECT_EQ(result.after.of("video")[1]->packets.size(), 30u);
  EXPECT_EQ(result.after.of("video")[1]->codec, "hevc");
  EXPECT_EQ(result.after.of("video")[1]->width, 64);
}

TEST(StreamsTest, ConvertsTextSubtitlesWhereMp4Asks) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.subtitles = {srt()};
  const Converted result = convert_made(spec, to_container(Container::mp4));
  ASSERT_TRUE(result.ok()) << result.problem();
  ASSERT_EQ(result.after.of("subtitle").size(), 1u);
  const FoundStream& text = *result.after.of("subtitle")[0];
  EXPECT_EQ(text.codec, "mov_text");
  EXPECT_EQ(text.tags.at("language"), "fre");
  std::vector<double> starts;
  std::string words;
  for (const FoundPacket& packet : text.packets)
    if (packet.data.size() > 2) starts.push_back(packet.pts), words += packet.data.substr(2) + "|";
  EXPECT_THAT(starts, ElementsAre(::testing::DoubleNear(0.2, 0.001), ::testing::DoubleNear(0.6, 0.001)));
  EXPECT_THAT(words, HasSubstr("first line"));
  EXPECT_TRUE(result.warned("converted"));
}

// What MP4 shows when, without empty samples.
std::vector<std::string> shown(const Converted& result) {
  std::vector<std::string> shown;
  for (const FoundPacket& packet : result.after.of("subtitle").at(0)->packets)
    if (packet.data.size() > 2)
      shown.push_back(fmt::format("{:.1f}-{:.1f} {}", packet.pts, packet.pts + packet.duration,
                                  packet.data.substr(2, packet.data.find('\0', 2) - 2)));
  return shown;
}

TEST(StreamsTest, CuesThatOverlapAreOnLinesOfTheirOwn) {
  MadeFile spec;
  spec.muxer = "matroska";
  MadeSubtitle subtitle;
  subtitle.cues = {{0.1, 0.6, "TOP"}, {0.3, 0.6, "BOTTOM"}};
  spec.subtitles = {subtitle};
  const Converted result = convert_made(spec, to_container(Container::mp4));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_THAT(shown(result), ElementsAre("0.1-0.3 TOP", "0.3-0.7 TOP\nBOTTOM", "0.7-0.9 BOTTOM"));
}

TEST(StreamsTest, ACueOfUnknownLengthStaysUntilTheNextOrTheEndOfTheFilm) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=2";
  MadeSubtitle subtitle;
  subtitle.cues = {{0.2, 0, "one"}, {0.6, 0.4, "two"}, {1.5, 0, "three"}};
  spec.subtitles = {subtitle};
  const Converted result = convert_made(spec, to_container(Container::mov));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_THAT(shown(result), ElementsAre("0.2-0.6 one", "0.6-1.0 two", "1.5-2.0 three"));
  EXPECT_NEAR(result.after.duration, 2, 0.05);
}

TEST(StreamsTest, ConvertsMovTextWhereMatroskaAsks) {
  MadeFile source;
  source.muxer = "matroska";
  source.subtitles = {srt()};
  Converted mp4 = convert_made(source, to_container(Container::mp4));
  ASSERT_TRUE(mp4.ok()) << mp4.problem();
  const Converted result = convert(std::move(mp4.target), to_container(Container::mkv));
  ASSERT_TRUE(result.ok()) << result.problem();
  const auto text = result.after.of("subtitle");
  ASSERT_EQ(text.size(), 1u);
  EXPECT_EQ(text[0]->codec, "subrip");
  EXPECT_EQ(text[0]->packets.at(0).data, "first <i>line</i>");
  EXPECT_NEAR(text[0]->packets.at(0).pts, 0.2, 0.001);
  EXPECT_NEAR(text[0]->packets.at(0).duration, 0.3, 0.001);
}

TEST(StreamsTest, BitmapSubtitlesGoWhereTheyFitAndAreNamedWhereNot) {
  MadeFile spec;
  spec.muxer = "matroska";
  MadeSubtitle pgs;
  pgs.codec = AV_CODEC_ID_HDMV_PGS_SUBTITLE;
  pgs.cues = {{0.2, 0.2, std::string("\x80\x00\x00", 3)}};
  spec.subtitles = {pgs};
  EXPECT_EQ(convert_made(spec).report->inspection.container, Container::mkv);

  const Converted mp4 = convert_made(spec, to_container(Container::mp4));
  ASSERT_TRUE(mp4.ok()) << mp4.problem();
  EXPECT_TRUE(mp4.warned("dropped", "hdmv_pgs_subtitle"));

  EncodeOptions strict = to_container(Container::mp4);
  strict.strict = true;
  const Converted refused = convert_made(spec, strict);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "dropped");
  EXPECT_THAT(refused.report.error().message, HasSubstr("hdmv_pgs_subtitle"));
}

TEST(StreamsTest, SoundThatDoesNotFitIsKeptWithoutLoss) {
  MadeFile spec;
  spec.muxer = "avi";
  spec.videos[0].encoder = "mpeg4";
  MadeAudio pcm;
  pcm.encoder = "pcm_s16le";
  spec.audios = {pcm};
  const Converted automatic = convert_made(spec);
  ASSERT_TRUE(automatic.ok()) << automatic.problem();
  EXPECT_EQ(automatic.report->inspection.container, Container::mkv);
  EXPECT_EQ(automatic.after.of("audio")[0]->codec, "pcm_s16le");
  const Converted mp4 = convert_made(spec, to_container(Container::mp4));
  ASSERT_TRUE(mp4.ok()) << mp4.problem();
  EXPECT_EQ(mp4.after.of("audio")[0]->codec, "flac");
  EXPECT_TRUE(mp4.warned("converted", "pcm_s16le to flac"));
}

TEST(StreamsTest, EncodesSoundOnRequestInItsLayout) {
  for (const std::string request : {"aac:160k", "opus:128k", "flac"}) {
    MadeFile spec;
    spec.muxer = "matroska";
    MadeAudio surround;
    surround.graph = "aevalsrc=exprs=sin(t)|sin(2*t)|sin(3*t)|sin(4*t)|sin(5*t)|sin(6*t):channel_layout=5.1:duration=1:s=48000";
    surround.encoder = "ac3";
    spec.audios = {surround};
    EncodeOptions options = quick();
    options.audio = request;
    const Converted result = convert_made(spec, options);
    ASSERT_TRUE(result.ok()) << request << result.problem();
    ASSERT_EQ(result.after.of("audio").size(), 1u) << request;
    const FoundStream& sound = *result.after.of("audio")[0];
    EXPECT_EQ(sound.codec, request.substr(0, request.find(':')));
    EXPECT_EQ(sound.channels, 6) << request;
    EXPECT_THAT(sound.layout, HasSubstr("5.1")) << request;
    EXPECT_NEAR(sound.packets.back().pts + sound.packets.back().duration, 1.0, 0.07) << request;
    EXPECT_TRUE(result.verified()) << request << ": " << result.verified().error().message;
  }
}

TEST(StreamsTest, LeavesSoundAndSubtitlesOutOnRequest) {
  EncodeOptions options = quick();
  options.audio = "none";
  options.subs = "none";
  const Converted result = convert_made(rich_matroska(), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.after.of("audio").empty());
  EXPECT_TRUE(result.after.of("subtitle").empty());
  EXPECT_TRUE(result.report->warnings.empty());
}

TEST(StreamsTest, KeepsTheTimecodeOfAMovFile) {
  MadeFile spec;
  spec.muxer = "mov";
  spec.videos[0].tags = {{"timecode", "01:02:03:04"}};
  for (const Container container : {Container::mov, Container::mp4, Container::mkv}) {
    const Converted result = convert_made(spec, to_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    std::string found;
    for (const FoundStream& stream : result.after.streams)
      for (const auto& [key, value] : stream.tags)
        if (key == "timecode" || key == "TIMECODE") found = value;
    EXPECT_EQ(found, "01:02:03:04");
  }
}

TEST(StreamsTest, MovesTheTimecodeWithTheStart) {
  MadeFile spec;
  spec.muxer = "mov";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=2";
  spec.videos[0].tags = {{"timecode", "01:02:03:20"}};
  for (const Container container : {Container::mov, Container::mkv}) {
    EncodeOptions options = to_container(container);
    options.start = 1.2;
    const Converted result = convert_made(spec, options);
    ASSERT_TRUE(result.ok()) << result.problem();
    std::string found;
    for (const FoundStream& stream : result.after.streams)
      for (const auto& [key, value] : stream.tags)
        if (key == "timecode" || key == "TIMECODE") found = value;
    EXPECT_EQ(found, "01:02:05:00");
  }
}

TEST(StreamsTest, NamesTheCoverThatMovHasNoPlaceFor) {
  MadeFile spec;
  spec.cover = make_jpeg(32, 32);
  const Converted result = convert_made(spec, to_container(Container::mov));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("dropped", "no place for a cover"));
  const auto verified = result.verified();
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST(StreamsTest, RefusesAFileWithoutVideo) {
  MadeFile spec;
  spec.videos.clear();
  spec.audios = {MadeAudio{}};
  const Converted result = convert_made(spec);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.report.error().code, "no_video");
}

TEST(StreamsTest, RefusesAnUnknownAudioEncoderByName) {
  EncodeOptions options = quick();
  options.audio = "nosuchcodec:1k";
  const Converted result = convert_made({}, options);
  ASSERT_FALSE(result.ok());
  EXPECT_THAT(result.report.error().message, HasSubstr("nosuchcodec"));
}

TEST(StreamsTest, InspectionTellsThePlanWithoutEncoding) {
  const UniqueFd source = make_file(rich_matroska());
  Diagnostics notes;
  const auto inspection = inspect(source.get(), "film.mkv", quick(), notes);
  ASSERT_TRUE(inspection);
  EXPECT_EQ(inspection->width, 128);
  EXPECT_EQ(inspection->height, 96);
  EXPECT_NEAR(inspection->frames, 25, 1);
  EXPECT_FALSE(inspection->is_hevc);
  EXPECT_EQ(inspection->streams.size(), 8u);
  EXPECT_EQ(inspection->streams[0].action, StreamPlan::Action::encode);
  EXPECT_EQ(inspection->streams[1].action, StreamPlan::Action::copy);
}

// Also those that the old Macintosh had no code for.
TEST(StreamsTest, MovKeepsEveryLanguage) {
  test::MadeFile spec;
  spec.muxer = "matroska";
  for (const char* language : {"fre", "nld", "swe", "gle", "eng", "kor"})
    spec.audios.push_back({.graph = "sine=duration=0.2", .encoder = "aac", .tags = {{"language", language}}, .disposition = 0});
  EncodeOptions options = to_container(Container::mov);
  const Converted result = convert_made(spec, options);
  ASSERT_TRUE(result.ok()) << result.problem();
  std::vector<std::string> languages;
  for (const auto* audio : result.after.of("audio")) languages.push_back(audio->tags.at("language"));
  EXPECT_EQ(languages, (std::vector<std::string>{"fre", "nld", "swe", "gle", "eng", "kor"}));
}

}  // namespace
}  // namespace hevcpool::media::testing
