// SPDX-License-Identifier: GPL-2.0-or-later
// A film cut into pieces and put together again must be the film encoded in one: the same frames at the same times,
// every one of them decoding to nearly the same picture.
#include "media/segment/assemble.h"

#include "media/segment/keyframe_index.h"
#include "media/segment/segment.h"
#include "media/segment/segment_file.h"
#include "media/input/source.h"
#include "segment_clip.h"

#include <gtest/gtest.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace hevcpool::media {
namespace {

using test::ClipRequest;
using test::make_clip;

UniqueFd memory_file() { return UniqueFd(::memfd_create("piece", MFD_CLOEXEC)); }

EncodeOptions fast_options() {
  EncodeOptions options;
  options.preset = "ultrafast";
  options.container = Container::mp4;
  options.x265_params = "bframes=3:b-adapt=2:keyint=60:rc-lookahead=20";
  return options;
}

std::string name_for(const ClipRequest& clip) {
  return clip.muxer == "mpegts" ? "a.ts" : clip.muxer == "matroska" ? "a.mkv" : clip.muxer == "avi" ? "a.avi" : "a.mp4";
}

struct Picture {
  std::int64_t time = 0;  // microseconds
  std::vector<std::uint8_t> luma;
};

// All frames of a finished file, and the flags that a player would trip over.
struct Decoded {
  std::vector<Picture> pictures;
  std::vector<std::int64_t> dts, pts;
  std::int64_t damaged = 0;
};

Decoded decode(int fd) {
  Decoded out;
  auto source = Source::open(fd, "out.mp4");
  EXPECT_TRUE(source.has_value());
  if (!source) return out;
  int video = av_find_best_stream(&(*source)->format(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  AVStream& stream = (*source)->stream(video);
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  CodecContextPtr decoder(avcodec_alloc_context3(codec));
  avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = 1;
  EXPECT_GE(avcodec_open2(decoder.get(), codec, nullptr), 0);
  PacketPtr packet(av_packet_alloc());
  FramePtr frame(av_frame_alloc());
  for (bool more = true; more;) {
    more = *(*source)->read(*packet);
    if (more && packet->stream_index != video) continue;
    if (more) {
      out.dts.push_back(packet->dts);
      out.pts.push_back(packet->pts);
    }
    if (avcodec_send_packet(decoder.get(), more ? packet.get() : nullptr) < 0) ++out.damaged;
    while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) {
      if (frame->flags & AV_FRAME_FLAG_CORRUPT || frame->decode_error_flags) ++out.damaged;
      Picture picture;
      picture.time = av_rescale_q(frame->best_effort_timestamp, stream.time_base, {1, 1000000});
      for (int y = 0; y < frame->height; ++y)
        picture.luma.insert(picture.luma.end(), frame->data[0] + y * frame->linesize[0],
                            frame->data[0] + y * frame->linesize[0] + frame->width);
      out.pictures.push_back(std::move(picture));
    }
  }
  return out;
}

double psnr(const Picture& a, const Picture& b) {
  double error = 0;
  if (a.luma.size() != b.luma.size() || a.luma.empty()) return 0;
  for (std::size_t n = 0; n < a.luma.size(); ++n) error += std::pow(double(a.luma[n]) - double(b.luma[n]), 2);
  error /= static_cast<double>(a.luma.size());
  return error == 0 ? 99 : 10 * std::log10(255 * 255 / error);
}

class Cutter {
 public:
  Cutter(int source, std::string name, EncodeOptions options)
      : source_(source), name_(std::move(name)), options_(std::move(options)) {
    auto index = index_key_frames({.source = source_, .name = name_, .options = options_});
    EXPECT_TRUE(index.has_value()) << index.error().message;
    if (index) index_ = *index;
  }

  const KeyFrameIndex& index() const { return index_; }

  // Encodes [from, to) of the listed key frames; 0 and past the end mean the ends of the film.
  Expected<SegmentReport> encode(std::size_t from, std::size_t to, std::int64_t shift_begin = 0,
                                 std::int64_t shift_end = 0, int shorten = -1,
                                 std::function<bool()> at_each_packet = {}) {
    files_.push_back(memory_file());
    SegmentRequest request{.source = source_, .target = files_.back().get(), .name = name_, .options = options_,
                           .options_hash = "hash", .shorten = shorten, .cancelled = std::move(at_each_packet)};
    if (from > 0) {
      const KeyFrame& key = index_.keys[from];
      request.range.begin = key.pts + shift_begin;
      request.range.start = key.pts;
      request.range.dts = key.dts;
      request.range.position = key.position;
    }
    if (to < index_.keys.size()) request.range.end = index_.keys[to].pts + shift_end;
    return encode_segment(request);
  }

  Expected<TranscodeReport> assemble(int target) {
    AssembleRequest request{.transcode = {.source = source_, .target = target, .name = name_, .options = options_},
                            .options_hash = "hash"};
    for (const auto& file : files_) request.segments.push_back(file.get());
    return media::assemble(request);
  }

  int source_;
  std::string name_;
  EncodeOptions options_;
  KeyFrameIndex index_;
  std::vector<UniqueFd> files_;
};

Decoded whole(int source, const std::string& name, const EncodeOptions& options) {
  UniqueFd target = memory_file();
  auto report = transcode({.source = source, .target = target.get(), .name = name, .options = options});
  EXPECT_TRUE(report.has_value()) << report.error().message;
  return decode(target.get());
}

void expect_same_film(const Decoded& whole, const Decoded& cut) {
  EXPECT_EQ(cut.damaged, 0);
  ASSERT_EQ(cut.pictures.size(), whole.pictures.size());
  EXPECT_TRUE(std::is_sorted(cut.dts.begin(), cut.dts.end(), std::less_equal<>()));
  for (std::size_t n = 0; n < cut.pts.size(); ++n) EXPECT_LE(cut.dts[n], cut.pts[n]) << n;
  double lowest = 99;
  for (std::size_t n = 0; n < cut.pictures.size(); ++n) {
    ASSERT_EQ(cut.pictures[n].time, whole.pictures[n].time) << n;
    lowest = std::min(lowest, psnr(cut.pictures[n], whole.pictures[n]));
  }
  EXPECT_GT(lowest, 27);
}

// Cuts at every listed key frame that may be cut at.
void cut_everywhere(const ClipRequest& clip, std::size_t least_cuts) {
  const UniqueFd source = make_clip(clip);
  if (!source.valid()) GTEST_SKIP() << "no encoder " << clip.codec;
  Cutter cutter(source.get(), name_for(clip), fast_options());
  ASSERT_EQ(cutter.index().refusal, "");
  std::vector<std::size_t> cuts{0};
  for (std::size_t n = 1; n < cutter.index().keys.size(); ++n)
    if (cutter.index().keys[n].cut) cuts.push_back(n);
  ASSERT_GE(cuts.size(), least_cuts + 1);
  cuts.push_back(cutter.index().keys.size());
  std::string tail;
  for (std::size_t n = 0; n + 1 < cuts.size(); ++n) {
    auto report = cutter.encode(cuts[n], cuts[n + 1]);
    ASSERT_TRUE(report.has_value()) << report.error().message;
    if (n > 0) {
      EXPECT_NE(report->head, "");
      EXPECT_EQ(report->head, tail) << "cut " << n;
    }
    tail = report->tail;
  }
  UniqueFd target = memory_file();
  auto report = cutter.assemble(target.get());
  ASSERT_TRUE(report.has_value()) << report.error().code << ": " << report.error().message;
  EXPECT_EQ(report->frames, clip.frames);
  expect_same_film(whole(source.get(), name_for(clip), fast_options()), decode(target.get()));
}

// Encodes the film from its begin and says, when so many packets are read, that it is to end at the third key frame.
Expected<SegmentReport> encode_and_shorten(Cutter& cutter, int packets) {
  const UniqueFd end = memory_file();
  int read = 0;
  return cutter.encode(0, cutter.index().keys.size(), 0, 0, end.get(), [&] {
    const std::int64_t time = cutter.index().keys[3].pts;
    if (++read == packets) {
      EXPECT_EQ(::pwrite(end.get(), &time, sizeof time, 0), 8);
    }
    return false;
  });
}

TEST(AssembleTest, APieceMayBeShortenedWhileItIsEncoded) {
  const UniqueFd source = make_clip({});
  Cutter cutter(source.get(), "a.mp4", fast_options());
  const auto first = encode_and_shorten(cutter, 60);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->end, cutter.index().keys[3].pts);
  EXPECT_EQ(first->frames, 120);
  const auto rest = cutter.encode(3, cutter.index().keys.size());
  ASSERT_TRUE(rest.has_value()) << rest.error().message;
  EXPECT_EQ(rest->head, first->tail);
  UniqueFd target = memory_file();
  const auto report = cutter.assemble(target.get());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  expect_same_film(whole(source.get(), "a.mp4", fast_options()), decode(target.get()));
}

TEST(AssembleTest, APieceThatIsPastItsNewEndKeepsTheOldOne) {
  const UniqueFd source = make_clip({});
  Cutter cutter(source.get(), "a.mp4", fast_options());
  const auto report = encode_and_shorten(cutter, 150);
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(report->end, SegmentRange::kFileEnd);
  EXPECT_EQ(report->frames, 200);
}

TEST(AssembleTest, ClosedGopMp4) { cut_everywhere({}, 3); }
TEST(AssembleTest, ClosedGopMatroska) { cut_everywhere({.muxer = "matroska"}, 3); }
TEST(AssembleTest, TransportStream) { cut_everywhere({.muxer = "mpegts"}, 3); }
TEST(AssembleTest, IrregularFrameTimes) { cut_everywhere({.irregular = true}, 3); }
TEST(AssembleTest, WithoutReordering) { cut_everywhere({.b_frames = 0}, 3); }
TEST(AssembleTest, OpenGopH264) {
  cut_everywhere({.codec_options = "open-gop=1:b-pyramid=normal:bframes=3:scenecut=0"}, 3);
}
TEST(AssembleTest, OpenGopH264TransportStream) {
  cut_everywhere({.muxer = "mpegts", .codec_options = "open-gop=1:b-pyramid=normal:bframes=3:scenecut=0"}, 3);
}
TEST(AssembleTest, OpenGopMpeg2TransportStream) {
  cut_everywhere({.codec = "mpeg2video", .muxer = "mpegts", .gop = 15, .b_frames = 2}, 4);
}
TEST(AssembleTest, Mpeg4WithBFrames) { cut_everywhere({.codec = "mpeg4", .muxer = "matroska", .b_frames = 2}, 3); }
TEST(AssembleTest, Vp9WithHiddenFrames) {
  cut_everywhere({.codec = "libvpx-vp9", .muxer = "matroska", .codec_options = "deadline=realtime:cpu-used=8:auto-alt-ref=1:lag-in-frames=16"}, 3);
}

TEST(AssembleTest, CutsBetweenKeyFrames) {
  const UniqueFd source = make_clip({.codec_options = "scenecut=0", .frames = 300, .gop = 100});
  ASSERT_TRUE(source.valid());
  Cutter cutter(source.get(), "a.mp4", fast_options());
  ASSERT_GE(cutter.index().keys.size(), 3U);
  const auto frame = (cutter.index().keys[2].pts - cutter.index().keys[1].pts) / cutter.index().keys[1].frames;
  const auto shift = 31 * frame + frame / 3;  // not the time of any frame
  const auto end = cutter.index().keys.size();
  auto first = cutter.encode(0, 1, 0, shift), second = cutter.encode(1, end, shift);
  ASSERT_TRUE(first.has_value() && second.has_value());
  EXPECT_EQ(first->tail, second->head);
  UniqueFd target = memory_file();
  auto report = cutter.assemble(target.get());
  ASSERT_TRUE(report.has_value()) << report.error().message;
  expect_same_film(whole(source.get(), "a.mp4", fast_options()), decode(target.get()));
}

TEST(AssembleTest, AMissingPieceIsAnError) {
  const UniqueFd source = make_clip({});
  Cutter cutter(source.get(), "a.mp4", fast_options());
  const auto end = cutter.index().keys.size();
  ASSERT_TRUE(cutter.encode(0, 1).has_value());
  ASSERT_TRUE(cutter.encode(2, end).has_value());
  UniqueFd target = memory_file();
  auto report = cutter.assemble(target.get());
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, "bad_segments");
}

TEST(AssembleTest, TheSameBytesTwice) {
  const UniqueFd source = make_clip({});
  std::string before;
  for (int round = 0; round < 2; ++round) {
    Cutter cutter(source.get(), "a.mp4", fast_options());
    ASSERT_TRUE(cutter.encode(2, cutter.index().keys.size()).has_value());
    ASSERT_TRUE(cutter.encode(0, 2).has_value());
    UniqueFd target = memory_file();
    ASSERT_TRUE(cutter.assemble(target.get()).has_value());
    std::string bytes(static_cast<std::size_t>(::lseek(target.get(), 0, SEEK_END)), '\0');
    ASSERT_GT(::pread(target.get(), bytes.data(), bytes.size(), 0), 0);
    EXPECT_TRUE(round == 0 || bytes == before);
    before = bytes;
  }
}

}  // namespace
}  // namespace hevcpool::media
