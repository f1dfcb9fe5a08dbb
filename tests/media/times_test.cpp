// SPDX-License-Identifier: GPL-2.0-or-later
// When frames are shown and sounds heard, in the output as in the source.
#include "converted.h"
#include "media/mux/output.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hevcpool::media::testing {
namespace {

using namespace hevcpool::test;

EncodeOptions as_container(Container container) {
  EncodeOptions options = quick();
  options.container = container;
  return options;
}

// Times in the source less times in the output, of the frames and of the first packet of sound that both have.
void expect_same_times(const Converted& result, double tolerance) {
  const auto before = result.before.of("video").at(0)->times(), after = result.after.of("video").at(0)->times();
  ASSERT_EQ(before.size(), after.size());
  for (std::size_t n = 0; n < before.size(); ++n)
    ASSERT_NEAR(before[n] - before[0], after[n] - after[0], tolerance) << "frame " << n;
}

double sound_offset(const Converted& result) {
  const FoundStream &before = *result.before.of("audio").at(0), &after = *result.after.of("audio").at(0);
  const auto same = std::ranges::find(after.packets, before.packets.at(3).data, &FoundPacket::data);
  EXPECT_NE(same, after.packets.end());
  const double moved = same->pts - before.packets[3].pts;
  return moved - (result.after.of("video")[0]->times()[0] - result.before.of("video")[0]->times()[0]);
}

TEST(TimesTest, KeepsVariableFrameRateExactly) {
  for (const Container container : {Container::mp4, Container::mov, Container::mkv}) {
    MadeFile spec;
    spec.videos[0].graph = "testsrc2=size=64x64:rate=30000/1001:duration=3,select='not(mod(n\\,7))+not(mod(n\\,3))'";
    spec.videos[0].time_base = {1, 30000};
    const Converted result = convert_made(spec, as_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    expect_same_times(result, container == Container::mkv ? 0.00101 : 1e-9);
  }
}

TEST(TimesTest, SoundThatBegins30SecondsLateStaysThere) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    MadeFile spec;
    spec.videos[0].graph = "testsrc2=size=64x64:rate=5:duration=33";
    spec.audios = {MadeAudio{}};
    spec.audios[0].delay = 30;
    const Converted result = convert_made(spec, as_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    expect_same_times(result, 0.00101);
    EXPECT_NEAR(sound_offset(result), 0, 0.002);
    const auto verified = result.verified();
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

TEST(TimesTest, SoundInPacketsShorterThanAMillisecondStaysInSync) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    MadeFile spec;
    spec.muxer = "matroska";
    spec.audios = {MadeAudio{}};
    spec.audios[0].graph = "sine=sample_rate=48000:duration=1,aformat=channel_layouts=stereo";
    spec.audios[0].encoder = "truehd";
    const Converted result = convert_made(spec, as_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    const auto &before = result.before.of("audio").at(0)->packets, &after = result.after.of("audio").at(0)->packets;
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t n = 0; n < before.size(); ++n) ASSERT_NEAR(before[n].pts, after[n].pts, 0.0011) << n;
    const auto verified = result.verified();
    EXPECT_TRUE(verified) << verified.error().message;
  }
}

TEST(TimesTest, PictureThatBeginsOneSecondLateIsShownOneSecondLate) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    MadeFile spec;
    spec.videos[0].delay = 1;
    spec.audios = {MadeAudio{}};
    const Converted result = convert_made(spec, as_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    EXPECT_NEAR(result.before.of("video")[0]->times()[0], 1.0, 0.001);
    EXPECT_NEAR(result.after.of("video")[0]->times()[0], 1.0, 0.025);
    EXPECT_NEAR(sound_offset(result), 0, 0.002);
  }
}

TEST(TimesTest, TransportStreamWithALateClockBeginsAtZero) {
  MadeFile spec;
  spec.muxer = "mpegts";
  spec.muxer_options = {{"output_ts_offset", "70000"}};
  spec.audios = {MadeAudio{}};
  spec.audios[0].delay = 0.3;
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_GT(result.before.start, 60000);
  EXPECT_NEAR(result.after.start, 0, 0.05);
  expect_same_times(result, 1e-6);
  EXPECT_NEAR(result.after.of("audio")[0]->times()[0], 0.3, 0.025);
}

TEST(TimesTest, ConcatenatedTransportStreamsGoOnWithoutAGap) {
  MadeFile first, second;
  first.muxer = second.muxer = "mpegts";
  first.audios = second.audios = {MadeAudio{}};
  second.videos[0].graph = "testsrc2=size=64x48:rate=25:duration=1";  // another size, and the clock starts anew
  const std::string both = content(make_file(first).get()) + content(make_file(second).get());
  const Converted result = convert(memory_file(both));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.after.of("video")[0]->width, 128);
  const auto times = result.after.of("video")[0]->times();
  ASSERT_EQ(times.size(), 50u);
  for (std::size_t n = 1; n < times.size(); ++n) EXPECT_NEAR(times[n] - times[n - 1], 0.04, 0.045) << n;
  EXPECT_TRUE(result.warned("resized"));
}

TEST(TimesTest, SaysWhereARecordingGoesOnInAnotherCodec) {
  MadeFile first, second;
  first.muxer = second.muxer = "mpegts";
  // Longer than what is looked at beforehand: FFmpeg 9 takes the last codec that it has seen until then.
  first.videos[0].graph = "testsrc2=size=128x96:rate=25:duration=8";
  second.videos[0].encoder = "mpeg2video";
  const std::string both = content(make_file(first).get()) + content(make_file(second).get());
  const Converted refused = convert(memory_file(both));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.report.error().code, "too_much_damage");
  EncodeOptions options = quick();
  options.max_errors = -2;
  const Converted result = convert(memory_file(both), options);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_TRUE(result.warned("undecodable", "go on as mpegvideo"));
}

TEST(TimesTest, FindsSoundThatBeginsLateInATransportStream) {
  MadeFile spec;
  spec.muxer = "mpegts";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=5:duration=14";
  spec.audios = {MadeAudio{}};
  spec.audios[0].delay = 12;
  const Converted result = convert_made(spec, as_container(Container::mkv));
  ASSERT_TRUE(result.ok()) << result.problem();
  ASSERT_EQ(result.after.of("audio").size(), 1u);
  EXPECT_NEAR(result.after.of("audio")[0]->packets.at(0).pts, 12, 0.03);
}

TEST(TimesTest, TheLastPacketLastsAsLongAsTheOthersWhereNobodySays) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.audios = {MadeAudio{}};
  spec.audios[0].encoder = "alac";
  const Converted result = convert_made(spec, as_container(Container::mp4));
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.before.of("audio")[0]->packets.size(), result.after.of("audio")[0]->packets.size());
  const auto verified = result.verified();
  EXPECT_TRUE(verified) << verified.error().message;
}

// As of a file that was cut without encoding: sound before the edit list's beginning is there for the decoder only.
TEST(TimesTest, SoundThatAnEditListHidesStaysUnheard) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=2";
  spec.audios = {MadeAudio{}};
  spec.audios[0].graph = "sine=sample_rate=48000:duration=2.5";
  spec.audios[0].delay = -0.5;
  const std::size_t hidden = 25;  // packets of 21.3 ms, the encoder's first one among them
  for (const Container container : {Container::mp4, Container::mkv}) {
    const Converted result = convert_made(spec, as_container(container));
    ASSERT_TRUE(result.ok()) << result.problem();
    const auto verified = result.verified();
    EXPECT_TRUE(verified) << verified.error().message;
    const auto& before = result.before.of("audio")[0]->packets;
    const auto& after = result.after.of("audio")[0]->packets;
    const double begin = result.after.of("video")[0]->times()[0];
    const auto heard = std::ranges::count_if(after, [&](const FoundPacket& packet) { return packet.pts > begin - 0.001; });
    EXPECT_NEAR(static_cast<double>(heard), static_cast<double>(before.size() - hidden), 1);
    const auto same = std::ranges::find(after, before.at(60).data, &FoundPacket::data);
    ASSERT_NE(same, after.end());
    EXPECT_NEAR(same->pts - begin, before[60].pts - result.before.of("video")[0]->times()[0], 0.0011);
    if (container == Container::mkv) {
      EXPECT_GT(after.at(0).pts - begin, -0.101);  // what the decoder needs: a delay of the codec
    } else {
      EXPECT_EQ(after.size(), before.size());
    }
  }
}

TEST(TimesTest, CutsTheRangeAskedFor) {
  for (const Container container : {Container::mp4, Container::mkv}) {
    MadeFile spec;
    spec.muxer = "matroska";
    spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=4";
    spec.audios = {MadeAudio{}};
    spec.audios[0].graph = "sine=sample_rate=48000:duration=4";
    MadeSubtitle subtitle;
    subtitle.cues = {{0.5, 1, "over"}, {1.0, 2, "begins before"}, {2.5, 0.5, "inside"}, {3.6, 0.3, "after"}};
    spec.subtitles = {subtitle};
    spec.chapters = {{0, 1, "Gone"}, {1, 3, "Middle"}, {3, 4, "Last"}};
    EncodeOptions options = as_container(container);
    options.start = 2;
    options.duration = 1.2;
    const Converted result = convert_made(spec, options);
    ASSERT_TRUE(result.ok()) << result.problem();
    const auto times = result.after.of("video")[0]->times();
    // Where the sound's priming moves the pictures (FFmpeg 5.1), one was on when the range began.
    const double begin = result.before.start + 2;
    std::size_t wanted = 0;
    for (const double time : result.before.of("video")[0]->times()) wanted += time > begin - 0.04 + 1e-3 && time < begin + 1.2 - 1e-3;
    EXPECT_EQ(times.size(), wanted);
    EXPECT_NEAR(times.front(), 0, 0.025);
    const auto sound = result.after.of("audio")[0]->times();
    EXPECT_LE(sound.front(), 0.025);
    EXPECT_GE(sound.front(), container == Container::mkv ? -0.001 : -0.101);  // what the decoder needs is hidden
    EXPECT_NEAR(sound.back(), 1.2, 0.045);
    ASSERT_EQ(result.after.chapters.size(), 2u);
    EXPECT_EQ(result.after.chapters[0].title, "Middle");
    EXPECT_NEAR(result.after.chapters[1].start, 1.0, 0.045);
    std::vector<double> cues;
    for (const FoundPacket& packet : result.after.of("subtitle")[0]->packets)
      if (packet.data.size() > 2) cues.push_back(packet.pts);
    ASSERT_EQ(cues.size(), 2u);  // in MP4 the second shows both
    EXPECT_NEAR(cues[0], 0, 0.025);
    EXPECT_NEAR(cues[1], 0.5, 0.025);
  }
}

TEST(TimesTest, SingleFrameAndTinyPictureWork) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=8x8:rate=25:duration=0.04";
  spec.videos[0].encoder = "ffv1";
  spec.muxer = "matroska";
  const Converted result = convert_made(spec);
  ASSERT_TRUE(result.ok()) << result.problem();
  EXPECT_EQ(result.report->frames, 1);
  EXPECT_EQ(result.after.of("video")[0]->packets.size(), 1u);
  EXPECT_TRUE(result.verified());
}

TEST(TimesTest, FramesFarApartAreVerified) {
  EncodeOptions options = quick();
  options.vf = "setpts=100*PTS";
  options.container = Container::mp4;
  const auto done = convert_made(MadeFile{}, options);
  ASSERT_TRUE(done.ok()) << done.problem();
  const auto verified = done.verified(Verify::fast, options);
  EXPECT_TRUE(verified) << verified.error().message;
}

TEST(TimesTest, SaysWhatLeftNoFrame) {
  EncodeOptions options = quick();
  options.start = 1000;
  const auto late = convert_made(MadeFile{}, options);
  EXPECT_NE(late.problem().find("no_frame"), std::string::npos) << late.problem();
  options = quick();
  options.vf = "select=0";
  const auto none = convert_made(MadeFile{}, options);
  EXPECT_NE(none.problem().find("leave no frame"), std::string::npos) << none.problem();
}

TEST(TimesTest, SaysWhatAFilterSays) {
  EncodeOptions options = quick();
  options.crop = "1000:1000:0:0";
  const auto done = convert_made(MadeFile{}, options);
  EXPECT_NE(done.problem().find("width '1000'"), std::string::npos) << done.problem();
}

TEST(TimesTest, EncodesWithZones) {
  EncodeOptions options = quick();
  options.x265_params = "zones=0,2,q=20/3,5,b=2";
  const auto done = convert_made(MadeFile{}, options);
  EXPECT_TRUE(done.ok()) << done.problem();
}

TEST(TimesTest, ZeroFramesAreRefused) {
  MadeFile spec;
  spec.muxer = "matroska";
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=1,select=0";
  const Converted result = convert(make_file(spec));
  ASSERT_FALSE(result.ok());
}

// An hour of the broadcast rates, through the muxer: every time must come back as it went in.
TEST(TimesTest, BroadcastRatesStayExactOverAnHour) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=64x64:rate=25:duration=0.04";
  const Converted one = convert_made(spec);
  ASSERT_TRUE(one.ok()) << one.problem();
  const FoundStream& hevc = *one.after.of("video").at(0);
  for (const int numerator : {24000, 30000, 60000}) {
    const UniqueFd fd = memory_file();
    auto output = Output::create(fd.get(), Container::mp4);
    ASSERT_TRUE(output);
    AVStream* stream = *(*output)->add_stream();
    AVCodecParameters& codec = *stream->codecpar;
    codec.codec_type = AVMEDIA_TYPE_VIDEO;
    codec.codec_id = AV_CODEC_ID_HEVC;
    codec.width = codec.height = 64;
    codec.extradata = static_cast<std::uint8_t*>(av_mallocz(hevc.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::ranges::copy(hevc.extradata, codec.extradata);
    codec.extradata_size = static_cast<int>(hevc.extradata.size());
    const AVRational tick{1001, numerator};
    stream->time_base = tick;
    ASSERT_TRUE((*output)->begin());
    const std::int64_t frames = 3600 * std::int64_t{numerator} / 1001;
    const PacketPtr packet(av_packet_alloc());
    for (std::int64_t n = 0; n < frames; ++n) {
      ASSERT_EQ(av_new_packet(packet.get(), 8), 0);
      std::fill_n(packet->data, 8, std::uint8_t{0});
      packet->data[3] = 4;
      packet->data[4] = 2;
      packet->pts = packet->dts = n;
      packet->duration = 1;
      packet->flags = AV_PKT_FLAG_KEY;
      ASSERT_TRUE((*output)->write(*packet, 0, tick));
    }
    ASSERT_TRUE((*output)->finish());
    const FoundFile file = read_file(fd.get());
    const FoundStream& video = *file.of("video").at(0);
    ASSERT_EQ(static_cast<std::int64_t>(video.packets.size()), frames);
    for (std::int64_t n = 0; n < frames; ++n)
      ASSERT_EQ(av_compare_ts(video.packets[static_cast<std::size_t>(n)].ticks, video.time_base, n, tick), 0) << n;
  }
}

TEST(TimesTest, ReportsProgressAndStopsWhenCancelled) {
  MadeFile spec;
  spec.videos[0].graph = "testsrc2=size=320x240:rate=25:duration=8";
  const UniqueFd source = make_file(spec), target = memory_file();
  TranscodeRequest request;
  request.source = source.get();
  request.target = target.get();
  request.options = quick();
  request.options.preset = "medium";
  int reports = 0;
  request.on_progress = [&](const EncodeProgress& progress) {
    ++reports;
    EXPECT_LE(progress.fraction, 1.0);
  };
  request.cancelled = [&] { return reports >= 2; };
  const auto result = transcode(request);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "cancelled");
  EXPECT_EQ(reports, 2);
}

}  // namespace
}  // namespace hevcpool::media::testing
