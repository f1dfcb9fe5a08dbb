// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/video_track.h"

#include <gtest/gtest.h>

#include "media/made_clip.h"

namespace hevcpool::media {
namespace {

using namespace testing;

void expect_sound_times(const Encoded& encoded) {
  std::int64_t last = INT64_MIN;
  for (const auto& packet : encoded.packets) {
    EXPECT_GT(packet->dts, last);
    EXPECT_LE(packet->dts, packet->pts);
    EXPECT_GT(packet->duration, 0);
    last = packet->dts;
  }
}

std::vector<std::int64_t> shown_at(const Encoded& encoded) {
  std::vector<std::int64_t> times;
  for (const auto& packet : encoded.packets) times.push_back(packet->pts);
  std::sort(times.begin(), times.end());
  return times;
}

TEST(VideoTrackTest, CarriesVariableRatesExactly) {
  ClipSpec spec;
  spec.frames = 60;
  spec.time_base = {1, 1000};
  spec.time = [](int n) { return 5000 + n * n + (n % 3) * 2; };
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.preset = "medium";  // with two levels of B frames
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  expect_sound_times(*encoded);
  const auto times = shown_at(*encoded);
  ASSERT_EQ(times.size(), 60U);
  for (int n = 0; n < 60; ++n)
    EXPECT_EQ(av_compare_ts(times[static_cast<std::size_t>(n)], encoded->track->time_base(), spec.time(n),
                            {1, 1000}),
              0)
        << n;
}

class VideoTrackOrderTest : public ::testing::TestWithParam<const char*> {};

TEST_P(VideoTrackOrderTest, TimesAreSoundForEveryPictureOrder) {
  ClipSpec spec;
  spec.frames = 40;
  spec.time_base = {1, 1000};
  spec.time = [](int n) { return n * 40 + (n % 5) * 7; };
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.x265_params = GetParam();
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  expect_sound_times(*encoded);
  EXPECT_EQ(shown_at(*encoded).size(), 40U);
  const auto frames = decode(*encoded);  // in the order they are shown
  ASSERT_EQ(frames.size(), 40U);
  for (std::size_t n = 1; n < frames.size(); ++n) EXPECT_GT(frames[n]->pts, frames[n - 1]->pts);
}

INSTANTIATE_TEST_SUITE_P(Parameters, VideoTrackOrderTest,
                         ::testing::Values("bframes=0", "bframes=1", "bframes=16:b-adapt=2:rc-lookahead=20",
                                           "b-pyramid=0:bframes=4", "keyint=1",
                                           "keyint=7:min-keyint=2:no-open-gop=1", "intra-refresh=1",
                                           "radl=2:no-open-gop=1:keyint=9", "temporal-layers=1",
                                           "bframes=3:keyint=10:scenecut=40:rc-lookahead=10",
                                           "aud=1:hrd=1:"
                                           "vbv-maxrate=300:vbv-bufsize=300"));

TEST(VideoTrackTest, EncodesEveryFrameOfABurstAtOneInstant) {
  ClipSpec spec;
  spec.frames = 30;
  spec.time_base = {1, 1000};
  spec.time = [](int n) { return n < 5 ? n * 40 : n < 25 ? 200 : 200 + (n - 24) * 40; };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  expect_sound_times(*encoded);
  const auto times = shown_at(*encoded);
  ASSERT_EQ(times.size(), 30U);
  for (int n = 0; n < 30; ++n)  // within a millisecond of what the source says
    EXPECT_NEAR(static_cast<double>(times[static_cast<std::size_t>(n)]) * av_q2d(encoded->track->time_base()),
                static_cast<double>(spec.time(n)) / 1000, 0.001);
}

TEST(VideoTrackTest, CutsByTheStreamsClock) {
  ClipSpec spec;
  spec.frames = 50;
  spec.time = [](int n) { return 1000 + n; };
  Clip clip = make_clip(spec);
  clip.format->start_time = AV_NOPTS_VALUE;  // as of a file that was opened: the stream's own start counts
  EncodeOptions options = quick_options();
  options.start = 0.4;
  options.duration = 0.8;
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(encoded->packets.size(), 20U);
  EXPECT_EQ(av_compare_ts(encoded->track->stats().first_pts, encoded->track->time_base(), 1010, {1, 25}), 0);
}

// As after a key frame that is stored first and shown third.
TEST(VideoTrackTest, KeepsFramesShownBeforeTheStreamsStart) {
  for (const double duration : {0.0, 0.2}) {
    Clip clip = make_clip({});
    clip.stream->start_time = 3;
    EncodeOptions options = quick_options();
    options.duration = duration;
    const auto encoded = encode(clip, options);
    ASSERT_TRUE(encoded->ok()) << encoded->error.message;
    EXPECT_EQ(encoded->packets.size(), duration > 0 ? 5U : 10U);
    EXPECT_EQ(encoded->track->stats().first_pts, 0);
  }
}

TEST(VideoTrackTest, CountsBackFromTheFirstTimeThatIsKnown) {
  ClipSpec spec;
  spec.time = [](int n) { return n - 2; };
  spec.edit_packet = [](AVPacket& packet, int n) {
    if (n < 4) packet.pts = packet.dts = AV_NOPTS_VALUE;
    if (n == 3) packet.pts = 1;  // without the other, this could be a later frame that is stored early
  };
  Clip clip = make_clip(spec);
  clip.stream->start_time = 1;
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto times = shown_at(*encoded);
  ASSERT_EQ(times.size(), 10U);
  for (int n = 0; n < 10; ++n)
    EXPECT_EQ(av_compare_ts(times[static_cast<std::size_t>(n)], encoded->track->time_base(), n - 2, {1, 25}), 0) << n;
}

TEST(VideoTrackTest, ChangesTheFrameRate) {
  ClipSpec spec;
  spec.frames = 50;
  Clip clip = make_clip(spec);
  EncodeOptions options = quick_options();
  options.fps = "50";
  options.scale = "64:-2";
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(encoded->packets.size(), 100U);
  EXPECT_EQ(encoded->track->parameters().width, 64);
  EXPECT_EQ(encoded->track->parameters().height, 48);
  EXPECT_EQ(av_cmp_q(encoded->track->frame_rate(), {50, 1}), 0);
  expect_sound_times(*encoded);
}

TEST(VideoTrackTest, ManagesOneFrameAndNone) {
  ClipSpec spec;
  spec.frames = 1;
  Clip one = make_clip(spec);
  const auto encoded = encode(one, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(decode(*encoded).size(), 1U);
  expect_sound_times(*encoded);
  one.packets.clear();
  const auto nothing = encode(one, quick_options());
  ASSERT_TRUE(nothing->ok());
  EXPECT_FALSE(nothing->track->ready());
  EXPECT_TRUE(nothing->packets.empty());
}

// ------------------------------------------------------------------ fields

TEST(VideoTrackTest, DeinterlacesAtTheRateOfTheSource) {
  for (const int frames : {1, 2, 12}) {
    ClipSpec spec;
    spec.frames = frames;
    spec.fields = AV_FIELD_TT;
    Clip clip = make_clip(spec);
    const auto encoded = encode(clip, quick_options());
    ASSERT_TRUE(encoded->ok()) << encoded->error.message;
    const auto times = shown_at(*encoded);
    ASSERT_EQ(times.size(), static_cast<std::size_t>(frames));
    for (int n = 0; n < frames; ++n)
      EXPECT_EQ(av_compare_ts(times[static_cast<std::size_t>(n)], encoded->track->time_base(), n, {1, 25}),
                0);
    EXPECT_EQ(encoded->track->parameters().field_order, AV_FIELD_PROGRESSIVE);
    EXPECT_FALSE(warned(*encoded, "deinterlaced").empty());
  }
}

class VideoTrackFieldTest : public ::testing::TestWithParam<AVFieldOrder> {};

// pic_struct of every picture timing message in a packet.
std::vector<int> picture_structures(const AVPacket& packet) {
  std::vector<int> found;
  const std::uint8_t* data = packet.data;
  for (int n = 0; n + 8 < packet.size; ++n)
    if (data[n] == 0 && data[n + 1] == 0 && data[n + 2] == 1 && data[n + 3] == 39 << 1 && data[n + 5] == 1)
      found.push_back(data[n + 7] >> 4);
  return found;
}

TEST_P(VideoTrackFieldTest, FlagsFieldsThatStay) {
  ClipSpec spec;
  spec.fields = GetParam();
  Clip clip = make_clip(spec);
  EncodeOptions options = lossless();
  options.deinterlace = Deinterlace::off;
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const bool top = GetParam() == AV_FIELD_TT;
  EXPECT_EQ(encoded->track->parameters().field_order, top ? AV_FIELD_TB : AV_FIELD_BT);
  for (const auto& packet : encoded->packets)
    EXPECT_EQ(picture_structures(*packet), std::vector{top ? 3 : 4});
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 10U);
  for (std::size_t n = 0; n < frames.size(); ++n) EXPECT_TRUE(same_pictures(*frames[n], *clip.pictures[n]));
}

INSTANTIATE_TEST_SUITE_P(Orders, VideoTrackFieldTest, ::testing::Values(AV_FIELD_TT, AV_FIELD_BB),
                         [](const auto& test) {
                           return test.param == AV_FIELD_TT ? "TopFirst" : "BottomFirst";
                         });

// ------------------------------------------------------------------ rate control

TEST(VideoTrackTest, HitsABitrateInTwoPasses) {
  ClipSpec spec;
  spec.source = "testsrc2=size=320x240:rate=25,noise=alls=20:allf=t:all_seed=1";
  spec.frames = 75;
  EncodeOptions options = quick_options();
  options.bitrate = 400'000;
  options.two_pass = true;
  const std::string folder = ::testing::TempDir() + "two_pass_" + std::to_string(getpid());
  for (const int pass : {1, 2}) {
    Clip clip = make_clip(spec);
    const auto encoded = encode(clip, options, {pass, folder + ".log"});
    ASSERT_TRUE(encoded->ok()) << encoded->error.message;
    EXPECT_EQ(encoded->packets.size(), 75U);
    if (pass == 2) {
      EXPECT_NEAR(static_cast<double>(encoded->track->stats().bytes_out) * 8 / 3, 400'000, 100'000);
    }
  }
  for (const char* end : {".log", ".log.cutree"}) std::remove((folder + end).c_str());
}

TEST(VideoTrackTest, GivesTheSameBytesEveryTime) {
  ClipSpec spec;
  spec.frames = 30;
  Clip clip = make_clip(spec);
  const auto first = encode(clip, quick_options()), second = encode(clip, quick_options());
  ASSERT_EQ(first->packets.size(), second->packets.size());
  for (std::size_t n = 0; n < first->packets.size(); ++n) {
    const AVPacket &a = *first->packets[n], &b = *second->packets[n];
    EXPECT_TRUE(std::equal(a.data, a.data + a.size, b.data, b.data + b.size));
  }
}

TEST(VideoTrackTest, UsesAPoolWhenAskedForThreads) {
  ClipSpec spec;
  spec.source = "testsrc2=size=320x240:rate=25";
  spec.frames = 20;
  Clip clip = make_clip(spec);
  EncodeOptions options = lossless();
  options.threads = 2;
  const auto encoded = encode(clip, options);
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  const auto frames = decode(*encoded);
  ASSERT_EQ(frames.size(), 20U);
  EXPECT_TRUE(same_pictures(*frames.back(), *clip.pictures.back()));
}

TEST(VideoTrackTest, SaysWhatIsMissingBeforeTheFirstFrame) {
  ClipSpec spec;
  spec.edit_packet = [](AVPacket& packet, int n) {
    if (n < 3) av_shrink_packet(&packet, 10);
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(encoded->packets.size(), 7U);
  EXPECT_EQ(encoded->track->stats().frames_before_clean, 3);
  EXPECT_NE(warned(*encoded, "starts_late").find("3 frames before the first clean one, 0.120 s into the file"),
            std::string::npos);
}

TEST(VideoTrackTest, CountsDamageAndGoesOn) {
  ClipSpec spec;
  spec.edit_packet = [](AVPacket& packet, int n) {
    if (n == 4) av_shrink_packet(&packet, packet.size / 2);
  };
  Clip clip = make_clip(spec);
  const auto encoded = encode(clip, quick_options());
  ASSERT_TRUE(encoded->ok()) << encoded->error.message;
  EXPECT_EQ(encoded->packets.size(), 9U);
  EXPECT_EQ(encoded->track->stats().decode_errors, 1);
  EXPECT_EQ(encoded->track->stats().frames_before_clean, 0);
}

TEST(VideoTrackTest, NamesAMissingDecoder) {
  Clip clip = make_clip({});
  clip.stream->codecpar->codec_id = AV_CODEC_ID_NONE;
  const auto encoded = encode(clip, quick_options());
  EXPECT_EQ(encoded->error.stage, "decode");
  EXPECT_EQ(encoded->error.code, "no_decoder");
}

}  // namespace
}  // namespace hevcpool::media
