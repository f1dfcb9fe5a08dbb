// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/keyframe_index.h"

#include "media/segment/cut_rules.h"
#include "media/input/source.h"
#include "media/libav/stream_kind.h"
#include "media/plan/streams.h"

#include <algorithm>
#include <map>

namespace hevcpool::media {
namespace {

// Sources of key frames only would list every frame; closer cuts than this are never wanted.
constexpr std::int64_t kClosestCuts = 24;
// Almost five hours of nothing but key frames at 60 a second.
constexpr std::size_t kMostKeys = 1 << 20;

AVStream& the_video(Source& source) {
  int found = 0;
  for (int n = 0; n < source.streams(); ++n) {
    AVStream& stream = source.stream(n);
    const bool video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_attached_picture(stream);
    if (video) found = n;
    else stream.discard = AVDISCARD_ALL;
  }
  return source.stream(found);
}

// What one pass over the packets finds.
class IndexScan {
 public:
  IndexScan(Source& source, AVStream& video, const IndexRequest& request)
      : source_(source), video_(video), request_(request) {}

  Expected<void> run() {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return fail_av("demux", "no memory for a packet", AVERROR(ENOMEM));
    for (std::int64_t number = 0;; ++number) {
      if (number % 256 == 0 && request_.cancelled && request_.cancelled())
        return fail("demux", "cancelled", "cancelled");
      HEVCPOOL_ASSIGN(const bool more, source_.read(*packet));
      if (!more) return {};
      if (packet->stream_index != video_.index) continue;
      add(*packet, (packet->flags & AV_PKT_FLAG_KEY) != 0);
    }
  }

  std::vector<KeyFrame> keys;
  std::int64_t packets = 0;
  std::int64_t earliest = INT64_MAX, latest = INT64_MIN, end = INT64_MIN;
  std::string refusal;

 private:
  void add(const AVPacket& packet, bool key) {
    ++packets;
    if (packet.pts == AV_NOPTS_VALUE) {
      refusal = "frames have no times";
      return;
    }
    if (key) add_key(packet);
    else if (keys.empty()) refusal = "it does not begin with a key frame";
    if (!keys.empty()) {
      ++keys.back().frames;
      keys.back().bytes += packet.size;
    }
    earliest = std::min(earliest, packet.pts);
    latest = std::max(latest, packet.pts);
    end = std::max(end, packet.pts + std::max<std::int64_t>(packet.duration, 1));
  }

  void add_key(const AVPacket& packet) {
    KeyFrame key;
    key.pts = packet.pts;
    key.dts = packet.dts;
    key.position = packet.pos;
    key.cut = !keys.empty() && packet.pts > latest && (packet.flags & (AV_PKT_FLAG_DISCARD | AV_PKT_FLAG_CORRUPT)) == 0;
    if (!keys.empty() && packet.pts <= keys.back().pts) refusal = "its times run backwards";
    if (keys.size() >= kMostKeys) refusal = "it has too many key frames";
    else keys.push_back(key);
  }

  Source& source_;
  AVStream& video_;
  const IndexRequest& request_;
};

// True where the container lists every packet, so that those between key frames need not be read.
bool lists_every_packet(const AVFormatContext& format) {
  const std::string_view name = format.iformat->name;
  return name.find("mp4") != std::string_view::npos || name.find("mov") != std::string_view::npos;
}

// Key frames with decoding times, places, numbers and bytes between them from the container's index.
std::vector<KeyFrame> listed_keys(AVStream& stream, std::int64_t& packets) {
  std::vector<KeyFrame> keys;
  packets = avformat_index_get_entries_count(&stream);
  for (int n = 0; n < packets; ++n) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, n);
    if ((entry->flags & AVINDEX_KEYFRAME) != 0) {
      KeyFrame key;
      key.dts = entry->timestamp;
      key.position = entry->pos;
      key.cut = n > 0 && (entry->flags & AVINDEX_DISCARD_FRAME) == 0;
      keys.push_back(key);
    }
    if (keys.empty()) return {};
    ++keys.back().frames;
    keys.back().bytes += entry->size;
  }
  return keys;
}

void arrange(KeyFrameIndex& index, std::vector<KeyFrame> keys) {
  index.keys = std::move(keys);
  mark_scenes(index.keys);
  thin_out(index.keys, std::min<std::int64_t>(kClosestCuts, index.key_interval));
}

// The presentation time of a listed key frame is in its packet only. False where that is not found.
Expected<bool> read_time(Source& source, AVStream& video, KeyFrame& key, AVPacket& packet) {
  if (av_seek_frame(&source.format(), video.index, key.dts, 0) < 0) return false;
  do {
    HEVCPOOL_ASSIGN(const bool more, source.read(packet));
    if (!more) return false;
  } while (packet.stream_index != video.index);
  key.pts = packet.pts;
  return packet.dts == key.dts && packet.pts != AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_KEY) != 0;
}

Expected<bool> read_times(Source& source, AVStream& video, std::vector<KeyFrame>& keys, const IndexRequest& request) {
  PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "no memory for a packet", AVERROR(ENOMEM));
  for (std::size_t n = 0; n < keys.size(); ++n) {
    if (request.cancelled && request.cancelled()) return fail("demux", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool found, read_time(source, video, keys[n], *packet));
    if (!found || (n > 0 && keys[n].pts <= keys[n - 1].pts)) return false;
  }
  return true;
}

// Without reading what lies between the key frames. False where that cannot be done.
Expected<bool> scan_by_container(const IndexRequest& request, KeyFrameIndex& index) {
  HEVCPOOL_ASSIGN(auto source, Source::open(request.source, request.name));
  AVStream& video = the_video(*source);
  if (!lists_every_packet(source->format()) || video.duration <= 0) return false;
  auto keys = listed_keys(video, index.frames);
  if (keys.size() < 2) return false;
  arrange(index, std::move(keys));
  HEVCPOOL_ASSIGN(const bool found, read_times(*source, video, index.keys, request));
  if (!found) return false;
  index.begin = video.start_time != AV_NOPTS_VALUE ? video.start_time : index.keys.front().pts;
  index.end = std::max(index.begin + video.duration, index.keys.back().pts + 1);
  index.container_index = true;
  return true;
}

Expected<void> scan_all(const IndexRequest& request, KeyFrameIndex& index) {
  HEVCPOOL_ASSIGN(auto source, Source::open(request.source, request.name));
  AVStream& video = the_video(*source);
  IndexScan scan(*source, video, request);
  HEVCPOOL_CHECK(scan.run());
  index.refusal = scan.refusal;
  if (index.refusal.empty() && source->clock_jumps() > 0) index.refusal = "its clock jumps";
  index.frames = scan.packets;
  if (scan.earliest <= scan.latest) {
    index.begin = scan.earliest;
    index.end = scan.end;
  }
  arrange(index, std::move(scan.keys));
  return {};
}

}  // namespace

Expected<KeyFrameIndex> index_key_frames(const IndexRequest& request) {
  KeyFrameIndex index;
  index.key_interval = encoder_key_interval(request.options);
  index.refusal = why_options_forbid_cuts(request.options);
  if (!index.refusal.empty()) return index;
  {
    HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.name));
    index.refusal = why_streams_forbid_cuts(source->format(), request.options);
    if (!index.refusal.empty()) return index;
    const AVStream& video = the_video(*source);
    index.stream = video.index;
    index.time_base = video.time_base;
  }
  HEVCPOOL_ASSIGN(const bool done, scan_by_container(request, index));
  if (!done) HEVCPOOL_CHECK(scan_all(request, index));
  if (index.refusal.empty() && index.keys.empty()) index.refusal = "it has no key frame";
  return index;
}

void mark_scenes(std::vector<KeyFrame>& keys) {
  if (keys.size() < 3) return;
  std::map<std::int64_t, std::size_t> distances;  // all but the last, which the end of the file cuts short
  for (std::size_t n = 0; n + 1 < keys.size(); ++n) ++distances[keys[n].frames];
  // Where hardly any distance repeats, the encoder had no fixed one below its largest.
  const auto usual = std::max_element(distances.begin(), distances.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  const bool fixed = usual->second * 4 >= keys.size();
  const std::int64_t regular = fixed ? usual->first : distances.rbegin()->first;
  for (std::size_t n = 1; n < keys.size(); ++n) keys[n].scene = keys[n - 1].frames < regular;
}

namespace {

int worth(const KeyFrame& key) { return key.cut ? (key.scene ? 2 : 1) : 0; }

}  // namespace

void thin_out(std::vector<KeyFrame>& keys, std::int64_t frames) {
  std::vector<KeyFrame> kept;
  for (const auto& key : keys) {
    if (kept.empty() || kept.back().frames >= frames) {
      kept.push_back(key);
      continue;
    }
    // Too close: the better of the two stays; what lay between goes to the one before.
    KeyFrame& last = kept.back();
    if (kept.size() > 1 && worth(key) > worth(last)) {
      KeyFrame& before = kept[kept.size() - 2];
      before.frames += last.frames;
      before.bytes += last.bytes;
      last = key;
    } else {
      last.frames += key.frames;
      last.bytes += key.bytes;
    }
  }
  keys = std::move(kept);
}

}  // namespace hevcpool::media
