// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/convert/stream_cut.h"

#include "media/convert/subtitle_cut.h"

extern "C" {
#include <libavutil/intreadwrite.h>
}

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hevcpool::media {
namespace {

struct FreeFormat {
  void operator()(AVFormatContext* format) const { avformat_free_context(format); }
};

struct Seen {
  std::int64_t pts, duration;
  std::string data;
  bool operator==(const Seen&) const = default;
};

// One stream whose clock counts milliseconds, and what is left of its packets.
class StreamCutTest : public testing::Test {
 protected:
  StreamCutTest() : format_(avformat_alloc_context()), stream_(avformat_new_stream(format_.get(), nullptr)) {
    stream_->time_base = {1, 1000};
  }

  void describe(AVMediaType type, AVCodecID codec, int rate = 0, int channels = 0) {
    stream_->codecpar->codec_type = type;
    stream_->codecpar->codec_id = codec;
    stream_->codecpar->sample_rate = rate;
    if (channels > 0) av_channel_layout_default(&stream_->codecpar->ch_layout, channels);
  }

  // In milliseconds.
  void cut(std::int64_t begin, std::int64_t end, bool hides_beginning = false) {
    cut_ = make_stream_cut(*stream_, {begin * 1000, end == INT64_MAX ? end : end * 1000}, hides_beginning);
  }

  void send(std::int64_t pts, std::int64_t duration, const std::string& data = "x", bool key = true) {
    const PacketPtr packet(av_packet_alloc());
    ASSERT_EQ(av_new_packet(packet.get(), static_cast<int>(data.size())), 0);
    std::copy(data.begin(), data.end(), packet->data);
    packet->pts = packet->dts = pts;
    packet->duration = duration;
    packet->flags = key ? AV_PKT_FLAG_KEY : 0;
    ASSERT_TRUE(cut_->send(*packet, sink()));
  }

  std::vector<Seen> finish() {
    EXPECT_TRUE(cut_->finish(sink()));
    return seen_;
  }

  PacketSink sink() {
    return [this](AVPacket& packet) {
      seen_.push_back({packet.pts, packet.duration,
                       std::string(reinterpret_cast<const char*>(packet.data), static_cast<std::size_t>(packet.size))});
      return Expected<void>{};
    };
  }

  std::unique_ptr<AVFormatContext, FreeFormat> format_;
  AVStream* stream_;
  std::unique_ptr<StreamCut> cut_;
  std::vector<Seen> seen_;
};

TEST_F(StreamCutTest, TextIsOnScreenFromTheBeginningToTheEndOfThePart) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_SUBRIP);
  cut(3000, 5000);
  send(500, 1000, "gone");
  send(1000, 4000, "runs");
  send(3500, 4500, "outlasts");
  send(5000, 1000, "late");
  EXPECT_EQ(finish(), (std::vector<Seen>{{3000, 2000, "runs"}, {3500, 1500, "outlasts"}}));
}

TEST_F(StreamCutTest, TextWithoutALengthLastsUntilTheNextOne) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_SUBRIP);
  cut(3000, 5000);
  send(1000, 0, "replaced");
  send(2000, 0, "open");
  send(4000, 0, "next");
  EXPECT_EQ(finish(), (std::vector<Seen>{{3000, 0, "open"}, {4000, 0, "next"}}));
}

std::string pgs_set(int state, int objects) {
  std::string set("\x16\x00\x0b\x01\x40\x00\xf0\x10\x00\x01", 10);
  set += static_cast<char>(state);
  set += std::string("\0\0", 2);
  set += static_cast<char>(objects);
  return set;
}

TEST_F(StreamCutTest, ABluRayPictureIsBuiltUpAtTheBeginning) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_HDMV_PGS_SUBTITLE);
  const std::string whole = pgs_set(0x80, 1), change = pgs_set(0, 1), empty = pgs_set(0, 0);
  cut(3000, 5000);
  send(500, 0, whole);
  send(1000, 0, whole);
  send(2000, 0, change);
  send(4000, 0, empty);
  EXPECT_EQ(finish(), (std::vector<Seen>{{3000, 0, whole}, {3000, 0, change}, {4000, 0, empty}}));
}

TEST_F(StreamCutTest, AnEmptyScreenStaysEmpty) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_HDMV_PGS_SUBTITLE);
  cut(3000, INT64_MAX);
  send(1000, 0, pgs_set(0x80, 1));
  send(2000, 0, pgs_set(0, 0));
  EXPECT_TRUE(finish().empty());
}

TEST_F(StreamCutTest, APictureThatNothingFollowsIsShownToo) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_HDMV_PGS_SUBTITLE);
  cut(3000, INT64_MAX);
  send(1000, 0, pgs_set(0x40, 1));
  EXPECT_EQ(finish(), (std::vector<Seen>{{3000, 0, pgs_set(0x40, 1)}}));
}

// A picture that goes after `date` times 1024/90000 s.
std::string dvd_picture(int date) {
  std::string unit("\0\x12\0\x04", 4);
  unit += std::string("\0\0\0\x0a\x01\xff", 6);                // shown at once; the next sequence is at 10
  unit += static_cast<char>(date >> 8);
  unit += static_cast<char>(date);
  unit += std::string("\0\x0a\x02\xff\xff\xff", 6);            // taken away
  return unit;
}

TEST_F(StreamCutTest, ADvdPictureIsTakenAwayInTime) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_DVD_SUBTITLE);
  const std::string five_seconds = dvd_picture(439);
  cut(3000, 5000);
  send(1000, 0, five_seconds);
  send(4000, 0, five_seconds);
  const auto left = finish();
  ASSERT_EQ(left.size(), 2u);
  const auto length = [](const Seen& seen) {
    AVPacket packet{};
    std::string data = seen.data;
    packet.data = reinterpret_cast<std::uint8_t*>(data.data());
    packet.size = static_cast<int>(data.size());
    return static_cast<double>(dvd_subtitle_length(packet)) / 90000;
  };
  EXPECT_EQ(left[0].pts, 3000);
  EXPECT_NEAR(length(left[0]), 2, 0.02);  // three of its seconds are left, two of them lie in the part
  EXPECT_EQ(left[1].pts, 4000);
  EXPECT_NEAR(length(left[1]), 1, 0.02);
}

TEST_F(StreamCutTest, ADvdPictureThatHasGoneIsNotShown) {
  describe(AVMEDIA_TYPE_SUBTITLE, AV_CODEC_ID_DVD_SUBTITLE);
  cut(7000, INT64_MAX);
  send(1000, 0, dvd_picture(439));
  EXPECT_TRUE(finish().empty());
}

TEST_F(StreamCutTest, SamplesAreCutAtBothEnds) {
  describe(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_PCM_S16LE, 1000, 1);
  cut(103, 203);
  send(0, 100, std::string(200, 'a'));
  send(100, 100, std::string(200, 'b'));
  send(200, 100, std::string(200, 'c'));
  EXPECT_EQ(finish(), (std::vector<Seen>{{103, 97, std::string(194, 'b')}, {200, 3, std::string(6, 'c')}}));
}

TEST_F(StreamCutTest, SoundKeepsWhatItsDecoderNeedsWhereThatIsHidden) {
  describe(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_AAC, 48000, 2);
  cut(1000, 1100, true);
  for (std::int64_t time = 0; time < 1500; time += 20) send(time, 20, std::to_string(time));
  const auto left = finish();
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.front().pts, 900);
  EXPECT_EQ(left.back().pts + left.back().duration, 1100);
}

TEST_F(StreamCutTest, SoundBeginsWithThePartWhereNothingIsHidden) {
  describe(AVMEDIA_TYPE_AUDIO, AV_CODEC_ID_AAC, 48000, 2);
  cut(1005, 1090);
  for (std::int64_t time = 0; time < 1500; time += 20) send(time, 20, "x");
  const auto left = finish();
  ASSERT_FALSE(left.empty());
  EXPECT_EQ(left.front(), (Seen{1005, 15, "x"}));
  EXPECT_EQ(left.back(), (Seen{1080, 10, "x"}));
}

// A key frame every second, ten pictures a second.
void send_film(const std::function<void(std::int64_t, bool)>& send) {
  for (std::int64_t time = 0; time < 5000; time += 100) send(time, time % 1000 == 0);
}

TEST_F(StreamCutTest, AnotherFilmBeginsWithAKeyFrame) {
  describe(AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264);
  for (const bool hides : {true, false}) {
    seen_.clear();
    cut(1500, 2500, hides);
    send_film([&](std::int64_t time, bool key) { send(time, 100, key ? "key" : "x", key); });
    const auto left = finish();
    ASSERT_FALSE(left.empty());
    EXPECT_EQ(left.front(), (Seen{hides ? 1000 : 2000, 100, "key"}));
    EXPECT_EQ(left.back().pts, 2400);
  }
}

TEST_F(StreamCutTest, APictureOfAnotherFilmThatStandsIsKept) {
  describe(AVMEDIA_TYPE_VIDEO, AV_CODEC_ID_H264);
  cut(1500, 2500, true);
  send(1000, 4000);
  EXPECT_EQ(finish(), (std::vector<Seen>{{1000, 4000, "x"}}));
}

}  // namespace
}  // namespace hevcpool::media
