// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/convert/stream_cut.h"

#include "media/convert/subtitle_cut.h"
#include "media/input/timeline.h"

extern "C" {
#include <libavutil/intreadwrite.h>
}

#include <algorithm>
#include <deque>
#include <string_view>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr AVRational kNinetyKilohertz{1, 90000};

std::int64_t time_of(const AVPacket& packet) { return packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts; }

void set_time(AVPacket& packet, std::int64_t time) { packet.pts = packet.dts = time; }

Expected<PacketPtr> keep(AVPacket& packet) {
  PacketPtr kept(av_packet_alloc());
  if (!kept || (!packet.buf && av_packet_make_refcounted(&packet) < 0)) return fail_av("cut", "packet", AVERROR(ENOMEM));
  av_packet_move_ref(kept.get(), &packet);
  return kept;
}

// In the stream's own time base.
struct Ticks {
  Ticks(const AVStream& stream, const Part& part)
      : begin(part.begin == INT64_MIN ? INT64_MIN : ticks(part.begin, stream.time_base)),
        end(part.end == INT64_MAX ? INT64_MAX : ticks(part.end, stream.time_base)) {}
  std::int64_t begin, end;
};

class SoundCut final : public StreamCut {
 public:
  SoundCut(const AVStream& stream, const Part& part, bool hides_beginning);
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;

 private:
  Expected<void> send_early(AVPacket& packet, const PacketSink& sink);
  Expected<void> begin_with(AVPacket& packet, const PacketSink& sink);
  Expected<void> cut_end(AVPacket& packet) const;
  void cut_samples(AVPacket& packet) const;
  std::int64_t samples(std::int64_t time) const { return av_rescale_q(time, stream_.time_base, {1, rate_}); }

  const AVStream& stream_;
  Ticks part_;
  int rate_;
  int sample_bytes_;              // of all channels, where a packet can be cut between any two samples; else 0
  bool hides_beginning_;
  bool begins_with_key_;          // its decoder can begin at some packets only
  std::int64_t hidden_ = 0;       // how long before the part packets are of use
  std::deque<PacketPtr> before_;
  bool begun_ = false;            // a packet was there that is heard
};

// Samples that need no other ones.
int sample_bytes(const AVCodecParameters& codec) {
  const bool pcm = std::string_view(avcodec_get_name(codec.codec_id)).starts_with("pcm_");
  const int bits = pcm ? av_get_exact_bits_per_sample(codec.codec_id) : 0;
  return bits > 0 && bits % 8 == 0 ? bits / 8 * codec.ch_layout.nb_channels : 0;
}

// Bits that lie in packets before, overlapping windows, filters that have to swing in: a tenth of a second is enough for
// all. Where nothing can be hidden there is what Opus leaves out at every beginning.
SoundCut::SoundCut(const AVStream& stream, const Part& part, bool hides_beginning)
    : stream_(stream), part_(stream, part), rate_(std::max(stream.codecpar->sample_rate, 1)),
      sample_bytes_(sample_bytes(*stream.codecpar)), hides_beginning_(hides_beginning),
      begins_with_key_(stream.codecpar->codec_id == AV_CODEC_ID_TRUEHD || stream.codecpar->codec_id == AV_CODEC_ID_MLP) {
  constexpr std::int64_t kForTheDecoder = AV_TIME_BASE / 10;
  const AVCodecParameters& codec = *stream.codecpar;
  if (hides_beginning) hidden_ = ticks(kForTheDecoder, stream.time_base);
  else if (codec.codec_id == AV_CODEC_ID_OPUS) hidden_ = av_rescale_q(codec.initial_padding, {1, rate_}, stream.time_base);
}

// Behind the part's end a packet is shorter than its samples.
Expected<void> SoundCut::cut_end(AVPacket& packet) const {
  const std::int64_t time = time_of(packet), over = time + packet.duration - part_.end;
  if (part_.end == INT64_MAX || over <= 0) return {};
  packet.duration = part_.end - time;
  constexpr int kSkipBytes = 10;
  std::uint8_t* skip = av_packet_get_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, nullptr);
  if (!skip) skip = av_packet_new_side_data(&packet, AV_PKT_DATA_SKIP_SAMPLES, kSkipBytes);
  if (!skip) return fail_av("cut", "side data", AVERROR(ENOMEM));
  AV_WL32(skip + 4, static_cast<std::uint32_t>(samples(over)));
  return {};
}

void SoundCut::cut_samples(AVPacket& packet) const {
  const std::int64_t time = time_of(packet), length = packet.size / sample_bytes_;
  const std::int64_t from = part_.begin == INT64_MIN ? 0 : std::clamp<std::int64_t>(samples(part_.begin - time), 0, length);
  const std::int64_t to = part_.end == INT64_MAX ? length : std::clamp<std::int64_t>(samples(part_.end - time), from, length);
  packet.data += from * sample_bytes_;
  packet.size = static_cast<int>((to - from) * sample_bytes_);
  packet.duration = av_rescale_q(to - from, {1, rate_}, stream_.time_base);
  if (from > 0) set_time(packet, part_.begin);
}

Expected<void> SoundCut::begin_with(AVPacket& packet, const PacketSink& sink) {
  const auto is_key = [](const AVPacket& each) { return (each.flags & AV_PKT_FLAG_KEY) != 0; };
  if (begins_with_key_ && !begun_) {
    while (!before_.empty() && !is_key(*before_.front())) before_.pop_front();
    if (before_.empty() && !is_key(packet)) return {};
  }
  for (const PacketPtr& each : before_) HEVCPOOL_CHECK(sink(*each));
  before_.clear();
  begun_ = true;
  HEVCPOOL_CHECK(cut_end(packet));
  return sink(packet);
}

// A packet that begins before the part. Where that cannot be hidden it is moved by less than half of its length, or it
// goes.
Expected<void> SoundCut::send_early(AVPacket& packet, const PacketSink& sink) {
  const std::int64_t time = time_of(packet), end = time + packet.duration;
  const bool near = time >= part_.begin - hidden_;
  if (end > part_.begin) {
    if (near || hides_beginning_) return begin_with(packet, sink);
    if (time + packet.duration / 2 < part_.begin) return {};
    packet.duration = end - part_.begin;
    set_time(packet, part_.begin);
    return begin_with(packet, sink);
  }
  if (!near) return {};
  HEVCPOOL_ASSIGN(PacketPtr kept, keep(packet));
  before_.push_back(std::move(kept));
  return {};
}

Expected<void> SoundCut::send(AVPacket& packet, const PacketSink& sink) {
  const std::int64_t time = time_of(packet);
  if (time == AV_NOPTS_VALUE) return begun_ ? sink(packet) : Expected<void>{};
  if (time >= part_.end) return {};
  if (sample_bytes_ > 0) {
    cut_samples(packet);
    return packet.size > 0 ? sink(packet) : Expected<void>{};
  }
  return time < part_.begin ? send_early(packet, sink) : begin_with(packet, sink);
}

// Subtitles and data. What says how long it lasts is cut to the part; what does not lasts until the next one.
class ShownCut final : public StreamCut {
 public:
  ShownCut(const AVStream& stream, const Part& part)
      : stream_(stream), part_(stream, part), pictures_(is_of_pictures(stream.codecpar->codec_id)) {}
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override { return show_open(sink); }

 private:
  static bool is_of_pictures(AVCodecID codec);
  AVCodecID codec() const { return stream_.codecpar->codec_id; }
  std::int64_t length(const AVPacket& packet) const;
  Expected<void> send_early(AVPacket& packet, const PacketSink& sink);
  Expected<void> show(AVPacket& packet, std::int64_t from, const PacketSink& sink) const;
  Expected<void> show_open(const PacketSink& sink);

  const AVStream& stream_;
  Ticks part_;
  bool pictures_;                  // there is one at a time
  std::vector<PacketPtr> open_;    // before the part: what makes up the screen
  std::int64_t until_ = INT64_MIN;  // it stays on
};

bool ShownCut::is_of_pictures(AVCodecID codec) {
  const AVCodecDescriptor* known = avcodec_descriptor_get(codec);
  return known && (known->props & AV_CODEC_PROP_BITMAP_SUB) != 0;
}

// 0: not known.
std::int64_t ShownCut::length(const AVPacket& packet) const {
  const std::int64_t told = codec() == AV_CODEC_ID_DVD_SUBTITLE ? dvd_subtitle_length(packet) : -1;
  return told < 0 ? packet.duration : av_rescale_q(told, kNinetyKilohertz, stream_.time_base);
}

Expected<void> ShownCut::show(AVPacket& packet, std::int64_t from, const PacketSink& sink) const {
  const std::int64_t skipped = from - time_of(packet);
  const std::int64_t most = part_.end == INT64_MAX ? INT32_MAX : part_.end - from;
  if (codec() == AV_CODEC_ID_DVD_SUBTITLE && (skipped > 0 || length(packet) > most)) {
    if (av_packet_make_writable(&packet) < 0) return fail_av("cut", "packet", AVERROR(ENOMEM));
    shorten_dvd_subtitle(packet, av_rescale_q(skipped, stream_.time_base, kNinetyKilohertz),
                         av_rescale_q(most, stream_.time_base, kNinetyKilohertz));
  }
  if (packet.duration > 0) packet.duration = std::clamp<std::int64_t>(packet.duration - skipped, 0, most);
  set_time(packet, from);
  return sink(packet);
}

Expected<void> ShownCut::send_early(AVPacket& packet, const PacketSink& sink) {
  const std::int64_t lasts = length(packet), end = lasts > 0 ? time_of(packet) + lasts : INT64_MAX;
  const ScreenChange change = screen_change(codec(), packet);
  if (change.known && change.whole) open_.clear();
  if (!pictures_ && lasts > 0) return end > part_.begin ? show(packet, part_.begin, sink) : Expected<void>{};
  if (change.known) until_ = change.empty ? INT64_MIN : end;
  HEVCPOOL_ASSIGN(PacketPtr kept, keep(packet));
  open_.push_back(std::move(kept));
  return {};
}

Expected<void> ShownCut::show_open(const PacketSink& sink) {
  if (until_ > part_.begin)
    for (const PacketPtr& each : open_) HEVCPOOL_CHECK(show(*each, part_.begin, sink));
  open_.clear();
  return {};
}

Expected<void> ShownCut::send(AVPacket& packet, const PacketSink& sink) {
  const std::int64_t time = time_of(packet);
  if (time == AV_NOPTS_VALUE || time >= part_.end) return {};
  if (time < part_.begin) return send_early(packet, sink);
  if (time == part_.begin && screen_change(codec(), packet).whole) open_.clear();
  HEVCPOOL_CHECK(show_open(sink));
  return show(packet, time, sink);
}

// Another film than the one that decides where the part begins. Its pictures need those since their key frame, which come
// before the part where that is hidden.
class FilmCut final : public StreamCut {
 public:
  FilmCut(const AVStream& stream, const Part& part, bool hides_beginning)
      : part_(stream, part), hides_beginning_(hides_beginning) {}
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override { return release(before_, sink); }

 private:
  Expected<void> release(std::vector<PacketPtr>& packets, const PacketSink& sink);

  Ticks part_;
  bool hides_beginning_;
  bool begun_ = false;              // a key frame of the part was there
  std::vector<PacketPtr> before_;   // since the last key frame
  std::vector<PacketPtr> behind_;   // after the end: what is shown earlier may need them
};

Expected<void> FilmCut::release(std::vector<PacketPtr>& packets, const PacketSink& sink) {
  for (const PacketPtr& each : packets) HEVCPOOL_CHECK(sink(*each));
  packets.clear();
  begun_ = true;
  return {};
}

Expected<void> FilmCut::send(AVPacket& packet, const PacketSink& sink) {
  const std::int64_t time = time_of(packet);
  const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  if (time == AV_NOPTS_VALUE) return begun_ ? sink(packet) : Expected<void>{};
  if (!begun_ && time < part_.begin) {
    if (key) before_.clear();
    if (!hides_beginning_ || (before_.empty() && !key)) return {};
    HEVCPOOL_ASSIGN(PacketPtr kept, keep(packet));
    before_.push_back(std::move(kept));
    return {};
  }
  if (!begun_ && before_.empty() && !key) return {};
  if (time >= part_.end) {
    HEVCPOOL_ASSIGN(PacketPtr kept, keep(packet));
    behind_.push_back(std::move(kept));
    return {};
  }
  HEVCPOOL_CHECK(release(before_, sink));
  HEVCPOOL_CHECK(release(behind_, sink));
  return sink(packet);
}

class CutTrack final : public StreamTrack {
 public:
  CutTrack(std::unique_ptr<StreamCut> cut, std::unique_ptr<StreamTrack> track)
      : cut_(std::move(cut)), track_(std::move(track)) {}
  Expected<void> describe(AVStream& output) const override { return track_->describe(output); }
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override {
    return cut_->send(packet, [&](AVPacket& left) { return track_->send(left, sink); });
  }
  Expected<void> finish(const PacketSink& sink) override {
    HEVCPOOL_CHECK(cut_->finish([&](AVPacket& left) { return track_->send(left, sink); }));
    return track_->finish(sink);
  }
  AVRational time_base() const override { return track_->time_base(); }

 private:
  std::unique_ptr<StreamCut> cut_;
  std::unique_ptr<StreamTrack> track_;
};

}  // namespace

std::unique_ptr<StreamTrack> make_cut_track(const AVStream& stream, const Part& part, bool hides_beginning,
                                            std::unique_ptr<StreamTrack> track) {
  return std::make_unique<CutTrack>(make_stream_cut(stream, part, hides_beginning), std::move(track));
}

std::unique_ptr<StreamCut> make_stream_cut(const AVStream& stream, const Part& part, bool hides_beginning) {
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
    return std::make_unique<SoundCut>(stream, part, hides_beginning);
  if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
    return std::make_unique<FilmCut>(stream, part, hides_beginning);
  return std::make_unique<ShownCut>(stream, part);
}

}  // namespace hevcpool::media
