// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip/clip_video.h"

#include "media/hevc/nal.h"

#include <algorithm>
#include <span>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr int kBrokenLinkAlone = 18, kCleanRandomAccess = 21;  // BLA_N_LP, CRA_NUT

class PlainVideo final : public ClipVideo {
 public:
  explicit PlainVideo(const AVStream& source) : source_(source) {}
  Expected<void> begin(ClipTarget& target, const Part& part) override;
  Expected<void> take(AVPacket& packet) override;
  void end_at(std::int64_t end) override { source_end_ = end; }
  Expected<void> finish() override;
  std::int64_t packets() const override { return packets_; }

 private:
  bool start_with(AVPacket& key);
  bool is_second_field(const AVPacket& packet) const;
  Expected<void> join(const AVPacket& second_field);
  Expected<void> show(AVPacket& packet);
  Expected<void> show_behind(AVPacket& packet);
  Expected<void> keep(AVPacket& packet, std::vector<PacketPtr>& where);
  Expected<void> write_held(std::int64_t next_dts);

  const AVStream& source_;
  ClipTarget* target_ = nullptr;
  std::int64_t begin_ = 0, part_end_ = INT64_MAX;  // in the stream's time base
  std::int64_t end_ = INT64_MAX;              // pictures from here on are not in the part
  std::int64_t source_end_ = INT64_MIN;       // where that is known
  std::int64_t key_time_ = AV_NOPTS_VALUE;    // of the first picture, as it was
  bool goes_on_ = false;                      // there are pictures after the part
  bool moved_ = false;                        // it is shown later, and its decoding time is still to be chosen
  std::int64_t last_shown_ = INT64_MIN;
  std::int64_t packets_ = 0;
  std::vector<PacketPtr> held_;               // the last picture so far, and those that are decoded after it
  std::vector<PacketPtr> past_the_end_;
  AVPacket* latest_ = nullptr;                // that was kept
};

Expected<void> PlainVideo::begin(ClipTarget& target, const Part& part) {
  target_ = &target;
  begin_ = ticks(part.begin, source_.time_base);
  if (part.end == INT64_MAX) return {};
  part_end_ = ticks(part.end, source_.time_base);
  end_ = ticks(part.end - kTimeRounding, source_.time_base);
  return {};
}

bool PlainVideo::start_with(AVPacket& key) {
  if (!(key.flags & AV_PKT_FLAG_KEY)) return false;
  key_time_ = key.pts;
  moved_ = key.pts < begin_;
  if (!moved_) return true;
  key.duration = std::max<std::int64_t>(key.duration - (begin_ - key.pts), 1);
  key.pts = begin_;
  return true;
}

// Where each field is a packet, the second one has no times. A sample is a whole picture.
bool PlainVideo::is_second_field(const AVPacket& packet) const {
  return source_.codecpar->codec_id == AV_CODEC_ID_H264 && packet.pts == AV_NOPTS_VALUE &&
         packet.dts == AV_NOPTS_VALUE;
}

// One whose first field was left out is left out, too.
Expected<void> PlainVideo::join(const AVPacket& second_field) {
  if (!latest_) return {};
  const int before = latest_->size;
  if (av_grow_packet(latest_, second_field.size) < 0) return fail_av("clip", "join fields", AVERROR(ENOMEM));
  std::copy_n(second_field.data, second_field.size, latest_->data + before);
  latest_->duration += second_field.duration;
  return {};
}

// Packets past the end wait: one that is shown before the end and comes after them may need them. What is shown before
// the first key frame may lack its references.
Expected<void> PlainVideo::take(AVPacket& packet) {
  if (packet.pts == AV_NOPTS_VALUE && key_time_ == AV_NOPTS_VALUE && !(packet.flags & AV_PKT_FLAG_KEY)) return {};
  if (is_second_field(packet)) return join(packet);
  if (packet.pts == AV_NOPTS_VALUE)
    return fail("demux", "no_times", "pictures without times of their own cannot be copied: ask for an exact clip");
  const bool started = key_time_ != AV_NOPTS_VALUE;
  latest_ = nullptr;
  if (started ? packet.pts < key_time_ : !start_with(packet)) return {};
  if (packet.pts >= end_) return keep(packet, past_the_end_);
  for (const PacketPtr& each : past_the_end_) HEVCPOOL_CHECK(show_behind(*each));
  past_the_end_.clear();
  return show(packet);
}

// Where it cannot be hidden it is shown for a moment.
Expected<void> PlainVideo::show_behind(AVPacket& packet) {
  goes_on_ = true;
  if (target_->hides_what_is_outside()) return show(packet);
  constexpr std::int64_t kMoment = AV_TIME_BASE / 1000, kMost = 16;
  const std::int64_t moment = std::max<std::int64_t>(ticks(kMoment, source_.time_base), 1);
  const std::int64_t place = (packet.pts - part_end_) / std::max<std::int64_t>(packet.duration, 1);
  packet.pts = part_end_ + std::clamp<std::int64_t>(place, 0, kMost) * moment;
  packet.duration = moment;
  return show(packet);
}

Expected<void> PlainVideo::show(AVPacket& packet) {
  ++packets_;
  if (packet.pts > last_shown_) {
    HEVCPOOL_CHECK(write_held(packet.dts));
    last_shown_ = packet.pts;
  }
  return keep(packet, held_);
}

Expected<void> PlainVideo::keep(AVPacket& packet, std::vector<PacketPtr>& where) {
  PacketPtr kept(av_packet_alloc());
  if (!kept) return fail_av("clip", "keep packet", AVERROR(ENOMEM));
  av_packet_move_ref(kept.get(), &packet);
  latest_ = kept.get();
  where.push_back(std::move(kept));
  return {};
}

// A picture that is shown later than it was is decoded as late as the one after it allows.
Expected<void> PlainVideo::write_held(std::int64_t next_dts) {
  if (moved_ && !held_.empty()) {
    AVPacket& first = *held_.front();
    const std::int64_t next = held_.size() > 1 ? held_[1]->dts : next_dts;
    const std::int64_t latest = next == AV_NOPTS_VALUE ? first.pts : std::min(first.pts, next - 1);
    if (first.dts != AV_NOPTS_VALUE) first.dts = std::max(first.dts, latest);
    moved_ = false;
  }
  for (const PacketPtr& each : held_) HEVCPOOL_CHECK(target_->write(*each));
  held_.clear();
  return {};
}

// The last picture is shown until the part ends.
Expected<void> PlainVideo::finish() {
  if (held_.empty()) return {};
  goes_on_ |= !past_the_end_.empty();
  AVPacket& last = *held_.front();
  if (!goes_on_ && source_end_ > last.pts) last.duration = std::max(last.duration, source_end_ - last.pts);
  if (end_ != INT64_MAX && last.pts < end_ && (goes_on_ || last.pts + last.duration > part_end_))
    last.duration = part_end_ - last.pts;
  return write_held(AV_NOPTS_VALUE);
}

class SmartVideo final : public ClipVideo {
 public:
  explicit SmartVideo(const SmartCut& cut) : cut_(cut) {}

  Expected<void> prepare(const AVStream& source, AVStream& target);
  Expected<void> begin(ClipTarget& target, const Part& part) override;
  Expected<void> take(AVPacket& packet) override;
  Expected<void> finish() override { return write_all(cut_.tail); }
  std::int64_t packets() const override { return static_cast<std::int64_t>(written_); }

 private:
  enum class Place { before, inside, behind };
  Expected<void> write_all(const std::vector<PacketPtr>& packets);
  Expected<void> write_timed(AVPacket& packet);
  Expected<void> describe(const AVStream& source, AVStream& target) const;
  Expected<void> break_link(AVPacket& packet) const;
  bool has_parameter_sets(const AVPacket& packet) const;
  Expected<void> add_parameter_sets(AVPacket& packet) const;

  const SmartCut& cut_;
  ClipTarget* target_ = nullptr;
  BitstreamFilterPtr to_annex_b_;
  int stream_ = 0;
  Place place_ = Place::before;
  std::size_t written_ = 0;
};

// Several sets of parameters cannot all be in the header.
Expected<void> SmartVideo::describe(const AVStream& source, AVStream& target) const {
  const AVCodecParameters& converted = *to_annex_b_->par_out;
  if (const int rc = avcodec_parameters_copy(target.codecpar, &converted); rc < 0)
    return fail_av("mux", "codec parameters", rc);
  target.codecpar->codec_tag = 0;
  if (target.sample_aspect_ratio.num > 0) target.codecpar->sample_aspect_ratio = target.sample_aspect_ratio;
  target.codecpar->video_delay = source.codecpar->video_delay;
  return {};
}

Expected<void> SmartVideo::prepare(const AVStream& source, AVStream& target) {
  stream_ = source.index;
  AVBSFContext* filter = nullptr;
  if (const int rc = av_bsf_alloc(av_bsf_get_by_name("hevc_mp4toannexb"), &filter); rc < 0)
    return fail_av("mux", "hevc_mp4toannexb", rc);
  to_annex_b_.reset(filter);
  filter->time_base_in = source.time_base;
  if (avcodec_parameters_copy(filter->par_in, source.codecpar) < 0) return fail_av("mux", "copy", AVERROR(ENOMEM));
  if (const int rc = av_bsf_init(filter); rc < 0) return fail_av("mux", "hevc_mp4toannexb", rc);
  return describe(source, target);
}

bool SmartVideo::has_parameter_sets(const AVPacket& packet) const {
  const auto nals = split_nals({packet.data, static_cast<std::size_t>(packet.size)});
  return std::ranges::any_of(nals, [](auto nal) { return !nal.empty() && nal_type(nal) == kSps; });
}

// A clean random access picture behind pictures of another sequence is a broken link; its leading pictures are gone.
// (An end of sequence before it would make decoders throw away what they have not shown yet.)
Expected<void> SmartVideo::break_link(AVPacket& packet) const {
  if (av_packet_make_writable(&packet) < 0) return fail_av("clip", "packet", AVERROR(ENOMEM));
  for (const auto nal : split_nals({packet.data, static_cast<std::size_t>(packet.size)})) {
    if (nal.empty() || nal_type(nal) != kCleanRandomAccess) continue;
    packet.data[nal.data() - packet.data] = static_cast<std::uint8_t>((nal[0] & 0x81) | kBrokenLinkAlone << 1);
  }
  return {};
}

Expected<void> SmartVideo::add_parameter_sets(AVPacket& packet) const {
  const AVCodecParameters& from = *to_annex_b_->par_out;
  const int old = packet.size;
  if (av_grow_packet(&packet, from.extradata_size) < 0) return fail_av("clip", "packet", AVERROR(ENOMEM));
  std::copy_backward(packet.data, packet.data + old, packet.data + old + from.extradata_size);
  std::copy_n(from.extradata, from.extradata_size, packet.data);
  return {};
}

Expected<void> SmartVideo::begin(ClipTarget& target, const Part&) {
  target_ = &target;
  return write_all(cut_.head);
}

Expected<void> SmartVideo::write_timed(AVPacket& packet) {
  packet.stream_index = stream_;
  if (written_ < cut_.times.size()) {
    const PictureTimes& times = cut_.times[written_++];
    packet.pts = times.pts;
    packet.dts = times.dts;
    if (times.duration > 0) packet.duration = times.duration;
  }
  return target_->write(packet);
}

Expected<void> SmartVideo::write_all(const std::vector<PacketPtr>& packets) {
  for (const PacketPtr& each : packets) {
    const PacketPtr copy(av_packet_clone(each.get()));
    if (!copy) return fail_av("clip", "packet", AVERROR(ENOMEM));
    HEVCPOOL_CHECK(write_timed(*copy));
  }
  return {};
}

// Leading pictures of the first key frame are shown before it: they are among the encoded ones.
Expected<void> SmartVideo::take(AVPacket& packet) {
  const bool key = packet.flags & AV_PKT_FLAG_KEY;
  const bool first = place_ == Place::before && key && packet.pts == cut_.plan.copy_from;
  if (first) place_ = Place::inside;
  if (place_ == Place::inside && key && packet.pts == cut_.plan.copy_to) place_ = Place::behind;
  if (place_ != Place::inside || packet.pts < cut_.plan.copy_from) return {};
  if (const int rc = av_bsf_send_packet(to_annex_b_.get(), &packet); rc < 0) return fail_av("clip", "send", rc);
  if (const int rc = av_bsf_receive_packet(to_annex_b_.get(), &packet); rc < 0) return fail_av("clip", "convert", rc);
  if (first) HEVCPOOL_CHECK(break_link(packet));
  if (first && !has_parameter_sets(packet)) HEVCPOOL_CHECK(add_parameter_sets(packet));
  return write_timed(packet);
}

}  // namespace

std::unique_ptr<ClipVideo> ClipVideo::plain(const AVStream& source) { return std::make_unique<PlainVideo>(source); }

Expected<std::unique_ptr<ClipVideo>> ClipVideo::smart(const SmartCut& cut, const AVStream& source, AVStream& target) {
  auto video = std::make_unique<SmartVideo>(cut);
  HEVCPOOL_CHECK(video->prepare(source, target));
  return video;
}

}  // namespace hevcpool::media
