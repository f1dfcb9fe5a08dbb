// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip_video.h"

#include "media/nal.h"

#include <algorithm>
#include <span>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
constexpr int kBrokenLinkAlone = 18, kCleanRandomAccess = 21, kSps = 33;  // BLA_N_LP, CRA_NUT

class PlainVideo final : public ClipVideo {
 public:
  explicit PlainVideo(const AVStream& source) : source_(source) {}

  Expected<void> begin(ClipTarget&) override { return {}; }

  // One that was needed is shown after some that were not: without those there would be a hole before it.
  Expected<void> finish(ClipTarget& target) override {
    for (const PacketPtr& each : past_the_end_)
      if (each->pts < last_shown_) HEVCPOOL_CHECK(write(*each, target));
    return {};
  }

  // Packets past the end wait: one that is shown before the end and comes after them may need them.
  Expected<void> take(AVPacket& packet, std::int64_t start, std::int64_t end, ClipTarget& target) override {
    const std::int64_t timestamp = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
    const std::int64_t time = timestamp == AV_NOPTS_VALUE ? start : av_rescale_q(timestamp, source_.time_base, kMicroseconds);
    started_ |= (packet.flags & AV_PKT_FLAG_KEY) != 0;
    if (!started_ || time < start) return {};
    if (time >= end) return keep(packet);
    if (packet.pts == AV_NOPTS_VALUE)
      return fail("demux", "no_times", "pictures without times of their own cannot be copied: ask for an exact clip");
    for (const PacketPtr& each : past_the_end_) HEVCPOOL_CHECK(show(*each, target));
    past_the_end_.clear();
    return show(packet, target);
  }

 private:
  Expected<void> show(AVPacket& packet, ClipTarget& target) {
    last_shown_ = std::max(last_shown_, packet.pts);
    return write(packet, target);
  }

  Expected<void> keep(const AVPacket& packet) {
    past_the_end_.emplace_back(av_packet_clone(&packet));
    if (!past_the_end_.back()) return fail_av("clip", "keep packet", AVERROR(ENOMEM));
    return {};
  }

  const AVStream& source_;
  bool started_ = false;
  std::int64_t last_shown_ = INT64_MIN;
  std::vector<PacketPtr> past_the_end_;
};

class SmartVideo final : public ClipVideo {
 public:
  explicit SmartVideo(const SmartCut& cut) : cut_(cut) {}

  Expected<void> prepare(const AVStream& source, AVStream& target);
  Expected<void> begin(ClipTarget& target) override { return write_all(cut_.head, target); }
  Expected<void> take(AVPacket& packet, std::int64_t start, std::int64_t end, ClipTarget& target) override;
  Expected<void> finish(ClipTarget& target) override { return write_all(cut_.tail, target); }

 private:
  enum class Place { before, inside, behind };
  Expected<void> write_all(const std::vector<PacketPtr>& packets, ClipTarget& target);
  Expected<void> write_timed(AVPacket& packet, ClipTarget& target);
  Expected<void> describe(const AVStream& source, AVStream& target) const;
  static int type_of(std::span<const std::uint8_t> nal) { return (nal[0] >> 1) & 0x3f; }
  Expected<void> break_link(AVPacket& packet) const;
  bool has_parameter_sets(const AVPacket& packet) const;
  Expected<void> add_parameter_sets(AVPacket& packet) const;

  const SmartCut& cut_;
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
  return std::ranges::any_of(nals, [](auto nal) { return !nal.empty() && type_of(nal) == kSps; });
}

// A clean random access picture behind pictures of another sequence is a broken link; its leading pictures are gone.
// (An end of sequence before it would make decoders throw away what they have not shown yet.)
Expected<void> SmartVideo::break_link(AVPacket& packet) const {
  if (av_packet_make_writable(&packet) < 0) return fail_av("clip", "packet", AVERROR(ENOMEM));
  for (const auto nal : split_nals({packet.data, static_cast<std::size_t>(packet.size)})) {
    if (nal.empty() || type_of(nal) != kCleanRandomAccess) continue;
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

Expected<void> SmartVideo::write_timed(AVPacket& packet, ClipTarget& target) {
  packet.stream_index = stream_;
  if (written_ < cut_.dts.size()) packet.dts = cut_.dts[written_++];
  return write(packet, target);
}

Expected<void> SmartVideo::write_all(const std::vector<PacketPtr>& packets, ClipTarget& target) {
  for (const PacketPtr& each : packets) {
    const PacketPtr copy(av_packet_clone(each.get()));
    if (!copy) return fail_av("clip", "packet", AVERROR(ENOMEM));
    HEVCPOOL_CHECK(write_timed(*copy, target));
  }
  return {};
}

// Leading pictures of the first key frame are shown before it: they are among the encoded ones.
Expected<void> SmartVideo::take(AVPacket& packet, std::int64_t, std::int64_t, ClipTarget& target) {
  const bool key = packet.flags & AV_PKT_FLAG_KEY;
  const bool first = place_ == Place::before && key && packet.pts == cut_.plan.copy_from;
  if (first) place_ = Place::inside;
  if (place_ == Place::inside && key && packet.pts == cut_.plan.copy_to) place_ = Place::behind;
  if (place_ != Place::inside || packet.pts < cut_.plan.copy_from) return {};
  if (const int rc = av_bsf_send_packet(to_annex_b_.get(), &packet); rc < 0) return fail_av("clip", "send", rc);
  if (const int rc = av_bsf_receive_packet(to_annex_b_.get(), &packet); rc < 0) return fail_av("clip", "convert", rc);
  if (first) HEVCPOOL_CHECK(break_link(packet));
  if (first && !has_parameter_sets(packet)) HEVCPOOL_CHECK(add_parameter_sets(packet));
  return write_timed(packet, target);
}

}  // namespace

std::unique_ptr<ClipVideo> ClipVideo::plain(const AVStream& source) { return std::make_unique<PlainVideo>(source); }

Expected<std::unique_ptr<ClipVideo>> ClipVideo::smart(const SmartCut& cut, const AVStream& source, AVStream& target) {
  auto video = std::make_unique<SmartVideo>(cut);
  HEVCPOOL_CHECK(video->prepare(source, target));
  return video;
}

}  // namespace hevcpool::media
