// SPDX-License-Identifier: GPL-2.0-or-later
// Where in a source to begin. Indices are trusted only as far as the packets found bear them out: formats without one
// are searched by libav in ways that lead anywhere, and a key frame stored early may be shown late.
#include "media/libav/log_capture.h"
#include "media/input/source.h"
#include "media/libav/stream_kind.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr std::size_t kMostBytesAhead = 256 << 20;
// How much further back to look each time, when there was no key frame shown early enough.
constexpr std::array<std::int64_t, 5> kStepsBack = {0, 1, 4, 16, 64};  // seconds

// When a packet's frame is shown at the latest, as far as its container says.
std::int64_t time_of(const AVPacket& packet, const AVStream& stream) {
  if (packet.pts != AV_NOPTS_VALUE || packet.dts == AV_NOPTS_VALUE) return packet.pts;
  return stream.codecpar->video_delay > 0 ? packet.dts + packet.duration * kDeepestReordering : packet.dts;
}

bool is_film(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_attached_picture(stream);
}

// Packets on the way to a time: of each video stream those since its last key frame, of others those since then.
class Search {
 public:
  Search(const AVStream& video, std::int64_t timestamp) : video_(video), timestamp_(timestamp) {}

  void take(PacketPtr packet, const AVStream& from) {
    const std::int64_t time = time_of(*packet, from);
    const bool known = time != AV_NOPTS_VALUE;
    const bool late = known && av_compare_ts(time, from.time_base, timestamp_, video_.time_base) > 0;
    const bool key = is_film(from) && (packet->flags & AV_PKT_FLAG_KEY) != 0;
    if (key && known && !late) begin_with(from, *packet);
    if (&from == &video_) passed_ |= key ? late : packet->dts != AV_NOPTS_VALUE && packet->dts > timestamp_;
    if (is_film(from) && !begun_.contains(from.index)) return;
    bytes_ += static_cast<std::size_t>(packet->size);
    packets_.push_back({std::move(packet), &from});
  }

  bool found() const { return begun_.contains(video_.index); }
  bool over() const { return passed_ || full(); }
  bool full() const { return bytes_ > kMostBytesAhead; }
  std::deque<PacketPtr> packets() {
    std::deque<PacketPtr> packets;
    for (Kept& kept : packets_) packets.push_back(std::move(kept.packet));
    return packets;
  }

 private:
  struct Kept {
    PacketPtr packet;
    const AVStream* from;
  };

  void begin_with(const AVStream& stream, const AVPacket& key) {
    begun_.insert(stream.index);
    std::erase_if(packets_, [&](const Kept& kept) {
      const bool goes = kept.from == &stream || (&stream == &video_ && is_over(kept, key));
      if (goes) bytes_ -= static_cast<std::size_t>(kept.packet->size);
      return goes;
    });
  }

  // Whether nothing of it is shown or heard with the key frame or later.
  bool is_over(const Kept& kept, const AVPacket& key) const {
    const AVPacket& packet = *kept.packet;
    const std::int64_t begin = key.dts != AV_NOPTS_VALUE ? std::min(key.dts, time_of(key, video_)) : key.pts;
    if (is_film(*kept.from) || is_attached_picture(*kept.from) || packet.pts == AV_NOPTS_VALUE) return false;
    return av_compare_ts(packet.pts + packet.duration, kept.from->time_base, begin, video_.time_base) < 0;
  }

  const AVStream& video_;
  std::int64_t timestamp_;
  std::set<int> begun_;  // streams of which a key frame was there
  std::deque<Kept> packets_;
  std::size_t bytes_ = 0;
  bool passed_ = false;
};

}  // namespace

Expected<void> Source::reopen() {
  HEVCPOOL_ASSIGN(InputFile fresh, open_file(fd_, name_));
  const InputFile old = std::exchange(file_, std::move(fresh));
  continuity_ = Continuity(format());
  if (complete_times_) complete_times();
  damage_ = {};
  failures_in_a_row_ = 0;
  position_ = 0;
  ends_.clear();
  complaints_ = LogCapture::errors(format().iformat->name);
  ahead_.clear();
  joint_.clear();
  cues_.clear();
  return {};
}

// Reads on to the time. False: there is no key frame shown by then.
Expected<bool> Source::find_key_frame(int index, std::int64_t timestamp) {
  Search search(stream(index), timestamp);
  while (!search.over()) {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
    HEVCPOOL_ASSIGN(const bool more, read_on(*packet));
    if (!more) break;
    const AVStream& from = stream(packet->stream_index);
    search.take(std::move(packet), from);
  }
  if (!search.found() || search.full()) return false;
  damage_ = {};  // of what is left out, for the most part
  ahead_ = search.packets();
  return true;
}

Expected<void> Source::seek(int index, std::int64_t timestamp) {
  const AVStream& video = stream(index);
  // The frames of a stream without times are counted from its beginning.
  if (video.start_time == AV_NOPTS_VALUE) return {};
  for (const std::int64_t step : kStepsBack) {
    // Beyond a jump of the clock there is no telling where a time is.
    const std::int64_t place = timestamp - ticks(step * AV_TIME_BASE, video.time_base);
    if (continuity_.may_jump() || place < video.start_time) break;
    if (avformat_seek_file(&format(), index, INT64_MIN, place, place, 0) < 0) break;
    HEVCPOOL_ASSIGN(const bool found, find_key_frame(index, timestamp));
    if (found) return {};
  }
  HEVCPOOL_CHECK(reopen());
  HEVCPOOL_ASSIGN(const bool found, find_key_frame(index, timestamp));
  return found ? Expected<void>{} : reopen();
}

}  // namespace hevcpool::media
