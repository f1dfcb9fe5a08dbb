// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/timeline.h"

#include <gtest/gtest.h>

namespace hevcpool::media {
namespace {

// A context with one video and one audio stream on a 90 kHz clock, as of a transport stream.
class ContinuityTest : public ::testing::Test {
 protected:
  ContinuityTest() : format_(avformat_alloc_context()), packet_(av_packet_alloc()) {
    format_->iformat = av_find_input_format("mpegts");
    for (const AVMediaType type : {AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_AUDIO, AVMEDIA_TYPE_SUBTITLE}) {
      AVStream* stream = avformat_new_stream(format_.get(), nullptr);
      stream->codecpar->codec_type = type;
      stream->time_base = {1, 90000};
    }
  }

  std::int64_t moved(Continuity& clock, int stream, std::int64_t dts) {
    packet_->stream_index = stream;
    packet_->dts = packet_->pts = dts;
    packet_->duration = 3600;
    clock.apply(*packet_);
    return packet_->dts;
  }

  OutputContextPtr format_;
  PacketPtr packet_;
};

TEST_F(ContinuityTest, LeavesSteadyClocksAlone) {
  Continuity clock(*format_);
  for (std::int64_t n = 0; n < 100; ++n) {
    EXPECT_EQ(moved(clock, 0, 900000 + n * 3600), 900000 + n * 3600);
    EXPECT_EQ(moved(clock, 1, 903000 + n * 3600), 903000 + n * 3600);
  }
  EXPECT_EQ(clock.jumps(), 0);
}

TEST_F(ContinuityTest, TakesAJumpOutOfAllStreams) {
  Continuity clock(*format_);
  moved(clock, 0, 0);
  moved(clock, 1, 500);
  const std::int64_t jump = 90000 * 1000;
  EXPECT_EQ(moved(clock, 0, 3600 + jump), 3600);
  EXPECT_EQ(moved(clock, 1, 4100 + jump), 4100);
  EXPECT_EQ(moved(clock, 2, 5000 + jump), 5000);
  EXPECT_EQ(clock.jumps(), 1);
}

TEST_F(ContinuityTest, TakesAClockThatStartsAnewOn) {
  Continuity clock(*format_);
  for (std::int64_t n = 0; n < 50; ++n) moved(clock, 0, 126000 + n * 3600);
  EXPECT_EQ(moved(clock, 0, 126000), 126000 + 50 * 3600);
  EXPECT_EQ(moved(clock, 1, 126500), 126500 + 50 * 3600);
}

// The frames at a joint keep their distance, however much longer than the picture its sound was.
TEST_F(ContinuityTest, ThePictureSaysHowFarAJumpIs) {
  Continuity clock(*format_);
  for (std::int64_t n = 0; n < 50; ++n) {
    moved(clock, 0, n * 3600);
    moved(clock, 1, n * 3600 + 20'000);
  }
  packet_->stream_index = 1;
  packet_->dts = packet_->pts = 900'000'000;
  EXPECT_FALSE(clock.apply(*packet_, false));
  EXPECT_EQ(packet_->dts, 900'000'000);
  EXPECT_EQ(moved(clock, 0, 50 * 3600), 50 * 3600);
  EXPECT_EQ(moved(clock, 0, 900'000'000 - 500), 51 * 3600);
  EXPECT_EQ(moved(clock, 1, 900'000'000), 51 * 3600 + 500);
  EXPECT_EQ(moved(clock, 0, 900'000'000 + 3100), 52 * 3600);
  EXPECT_EQ(clock.jumps(), 1);
}

TEST_F(ContinuityTest, SoundFromBeforeTheJumpStaysThere) {
  Continuity clock(*format_);
  for (std::int64_t n = 0; n < 50; ++n) {
    moved(clock, 0, 900'000 + n * 3600);
    moved(clock, 1, 900'000 + n * 3600);
  }
  EXPECT_EQ(moved(clock, 0, 0), 900'000 + 50 * 3600);
  EXPECT_EQ(moved(clock, 1, 900'000 + 50 * 3600), 900'000 + 50 * 3600);
  EXPECT_EQ(moved(clock, 1, 900'000 + 51 * 3600), 900'000 + 51 * 3600);
  EXPECT_EQ(moved(clock, 1, 7200), 900'000 + 52 * 3600);
  EXPECT_EQ(clock.jumps(), 1);
}

TEST_F(ContinuityTest, AFrameWithoutADurationLastsAsLongAsTheOneBefore) {
  Continuity clock(*format_);
  packet_->duration = 0;
  for (std::int64_t n = 0; n < 50; ++n) {
    packet_->stream_index = 0;
    packet_->dts = packet_->pts = 900'000 + n * 3600;
    packet_->duration = 0;
    clock.apply(*packet_);
  }
  EXPECT_EQ(moved(clock, 0, 0), 900'000 + 50 * 3600);
}

TEST_F(ContinuityTest, AHoleInOneStreamIsNoJump) {
  Continuity clock(*format_);
  moved(clock, 1, 500);
  for (std::int64_t n = 0; n < 500; ++n) moved(clock, 0, n * 3600);
  EXPECT_EQ(moved(clock, 1, 500 * 3600), 500 * 3600);
  EXPECT_EQ(moved(clock, 0, 501 * 3600), 501 * 3600);
  EXPECT_EQ(clock.jumps(), 0);
}

TEST_F(ContinuityTest, LeavesOtherFormatsAlone) {
  format_->iformat = av_find_input_format("matroska");
  Continuity clock(*format_);
  moved(clock, 0, 0);
  EXPECT_EQ(moved(clock, 0, 90000 * 1000), 90000 * 1000);
}

TEST_F(ContinuityTest, SparseStreamsMayPause) {
  Continuity clock(*format_);
  moved(clock, 2, 0);
  EXPECT_EQ(moved(clock, 2, 90000 * 60), 90000 * 60);
  EXPECT_EQ(clock.jumps(), 0);
}

TEST(CopyClockTest, FillsInWhatIsMissingAndNeverGoesBack) {
  const OutputContextPtr format(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->time_base = {1, 1000};
  CopyClock clock(*stream);
  const PacketPtr packet(av_packet_alloc());
  std::int64_t last = -1;
  for (const std::int64_t dts : {std::int64_t{0}, AV_NOPTS_VALUE, std::int64_t{40}, std::int64_t{30}, std::int64_t{80}}) {
    packet->dts = packet->pts = dts;
    packet->duration = 20;
    clock.apply(*packet);
    EXPECT_GT(packet->dts, last);
    EXPECT_GE(packet->pts, packet->dts);
    last = packet->dts;
  }
  EXPECT_EQ(last, 80);
}

// Sound of 20 ms a packet, 50 of them at one time.
TEST(CopyClockTest, IsInSyncAgainAfterABurst) {
  const OutputContextPtr format(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->codecpar->sample_rate = 48000;
  stream->time_base = {1, 1000};
  CopyClock clock(*stream);
  const PacketPtr packet(av_packet_alloc());
  std::int64_t last = -1;
  for (int n = 0; n < 150; ++n) {
    const std::int64_t time = n < 50 ? n * 20 : n < 100 ? 1000 : 1020 + (n - 100) * 20;
    packet->dts = packet->pts = time;
    packet->duration = 20;
    clock.apply(*packet);
    EXPECT_GT(packet->dts, last);
    last = packet->dts;
    EXPECT_LE(last - time * 48, 125 * 48);
    if (n < 50 || n > 110) {
      EXPECT_EQ(last, time * 48) << n;
    }
  }
}

TEST(CopyClockTest, GoesOnWhereItWasWhenTheSourceStartsAnew) {
  const OutputContextPtr format(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->codecpar->sample_rate = 48000;
  stream->time_base = {1, 1000};
  CopyClock clock(*stream);
  const PacketPtr packet(av_packet_alloc());
  for (int n = 0; n < 200; ++n) {
    packet->dts = packet->pts = n % 100 * 20;
    packet->duration = 20;
    clock.apply(*packet);
    EXPECT_EQ(packet->dts, n * 20 * 48);
  }
}

// Packets of 1/1200 s, in milliseconds: every sixth has the time of the one before.
TEST(CopyClockTest, PacketsShorterThanATickDoNotRunLate) {
  const OutputContextPtr format(avformat_alloc_context());
  AVStream* stream = avformat_new_stream(format.get(), nullptr);
  stream->codecpar->codec_type = AVMEDIA_TYPE_AUDIO;
  stream->codecpar->codec_id = AV_CODEC_ID_TRUEHD;
  stream->codecpar->sample_rate = 48000;
  stream->time_base = {1, 1000};
  for (const std::int64_t duration : {0, 1}) {
    CopyClock clock(*stream);
    const PacketPtr packet(av_packet_alloc());
    double last = -1;
    for (int n = 0; n < 2400; ++n) {
      packet->dts = packet->pts = av_rescale(n, 1000, 1200);
      packet->duration = duration;
      clock.apply(*packet);
      const double seconds = static_cast<double>(packet->dts) * av_q2d(clock.time_base());
      EXPECT_GT(seconds, last);
      ASSERT_NEAR(seconds, n / 1200.0, 0.00101);
      last = seconds;
    }
  }
}

TEST(StreamReachTest, KnowsWhereSoundAndPicturesEnd) {
  for (const bool sound : {true, false}) {
    StreamReach reach;
    EXPECT_FALSE(reach.end());
    const PacketPtr packet(av_packet_alloc());
    ASSERT_EQ(av_new_packet(packet.get(), 1), 0);
    packet->duration = 10;
    for (const std::int64_t pts : {0, 30, 10, 20}) {
      packet->pts = pts;
      packet->dts = AV_NOPTS_VALUE;
      reach.note(*packet, sound);
    }
    EXPECT_EQ(reach.end(), sound ? 40 : 30);
    packet->pts = AV_NOPTS_VALUE;
    reach.note(*packet, sound);
    EXPECT_FALSE(reach.end());
  }
}

}  // namespace
}  // namespace hevcpool::media
