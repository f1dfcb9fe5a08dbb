// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip_target.h"

#include "media/compat.h"
#include "media/container.h"
#include "media/metadata.h"
#include "media/streams.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string_view>

namespace hevcpool::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};

std::optional<Container> known_container(const AVOutputFormat& kind) {
  const std::string_view name = kind.name;
  if (name == "mp4" || name == "ipod") return Container::mp4;
  if (name == "mov") return Container::mov;
  if (name == "matroska") return Container::mkv;
  return std::nullopt;
}

bool is_kept_as_attachment(const AVStream& stream) { return stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT; }

}  // namespace

Expected<std::unique_ptr<ClipTarget>> ClipTarget::create(const ClipRequest& request, InputFile& source,
                                                         std::vector<Warning>& warnings) {
  std::unique_ptr<ClipTarget> target(new ClipTarget(request, source));
  HEVCPOOL_CHECK(target->open());
  HEVCPOOL_CHECK(target->add_streams(warnings));
  return target;
}

Expected<void> ClipTarget::open() {
  const AVOutputFormat* kind = av_guess_format(nullptr, request_.output_name.c_str(), nullptr);
  if (!kind) return fail("mux", "no_muxer", "no container is known by the extension of " + request_.output_name);
  AVFormatContext* context = nullptr;
  if (const int rc = avformat_alloc_output_context2(&context, kind, nullptr, nullptr); rc < 0)
    return fail_av("mux", kind->name, rc);
  output_.reset(context);
  context->strict_std_compliance = FF_COMPLIANCE_UNOFFICIAL;  // Dolby Vision in MP4
  HEVCPOOL_ASSIGN(io_, TargetIo::attach(request_.target, *context));
  av_dict_copy(&context->metadata, source_.format().metadata, 0);
  return {};
}

// Moving pictures that a container is not known for may still fit it: libav decides.
bool ClipTarget::can_hold(const AVStream& source) const {
  const AVCodecParameters& codec = *source.codecpar;
  const auto container = known_container(*output_->oformat);
  const bool picture = codec.codec_type == AVMEDIA_TYPE_VIDEO;
  if (container && !picture) return how_to_hold(*container, source).form == Holding::Form::copy;
  const bool media = picture || codec.codec_type == AVMEDIA_TYPE_AUDIO || codec.codec_type == AVMEDIA_TYPE_SUBTITLE;
  return media && avformat_query_codec(output_->oformat, codec.codec_id, FF_COMPLIANCE_NORMAL) != 0;
}

Expected<void> ClipTarget::add_streams(std::vector<Warning>& warnings) {
  const AVFormatContext& from = source_.format();
  for (unsigned i = 0; i < from.nb_streams; ++i) {
    AVStream& stream = *from.streams[i];
    const bool again = is_chapter_track(from, stream) || is_timecode_track(stream);  // written anew by the muxer
    if (!again && can_hold(stream)) {
      HEVCPOOL_CHECK(is_kept_as_attachment(stream) ? add_attached(stream) : add_track(stream));
      continue;
    }
    stream.discard = AVDISCARD_ALL;
    if (again) continue;
    warnings.push_back({"dropped", fmt::format("stream {} ({}): the container cannot hold it", i,
                                               avcodec_get_name(stream.codecpar->codec_id))});
  }
  if (tracks_.empty()) return fail("mux", "no_stream", "the container can hold no stream of the source");
  return {};
}

Expected<void> ClipTarget::add_attached(const AVStream& source) {
  AVStream* target = avformat_new_stream(output_.get(), nullptr);
  if (!target) return fail_av("mux", "new stream", AVERROR(ENOMEM));
  return add_attachment(source, *target);
}

Expected<void> ClipTarget::add_track(AVStream& source) {
  AVStream* target = avformat_new_stream(output_.get(), nullptr);
  if (!target || avcodec_parameters_copy(target->codecpar, source.codecpar) < 0)
    return fail_av("mux", "new stream", AVERROR(ENOMEM));
  const bool data = source.codecpar->codec_type == AVMEDIA_TYPE_DATA;  // known by its tag only
  if (!data) target->codecpar->codec_tag = 0;
  target->time_base = source.time_base;
  target->disposition = source.disposition;
  target->avg_frame_rate = source.avg_frame_rate;
  target->sample_aspect_ratio = source.sample_aspect_ratio;
  av_dict_copy(&target->metadata, source.metadata, 0);
  for (const AVPacketSideData& side : stream_side_data(source))
    if (std::uint8_t* copy = new_stream_side_data(*target, side.type, side.size)) std::copy_n(side.data, side.size, copy);
  tracks_[source.index] = {target};
  return {};
}

// In MP4 'hev1' says so.
void ClipTarget::carry_parameter_sets(int source_stream) {
  const auto container = known_container(*output_->oformat);
  if (container == Container::mp4 || container == Container::mov)
    stream(source_stream).codecpar->codec_tag = MKTAG('h', 'e', 'v', '1');
}

Expected<void> ClipTarget::begin(std::int64_t start, std::int64_t end) {
  start_ = start;
  HEVCPOOL_CHECK(copy_chapters(source_.format(), *output_, start, end));
  if (const int rc = avformat_write_header(output_.get(), nullptr); rc < 0)
    return io_->main().failure("mux", "write header", rc);
  return {};
}

Expected<void> ClipTarget::write(AVPacket& packet) {
  const AVStream& source = *source_.format().streams[packet.stream_index];
  Track& track = tracks_.at(packet.stream_index);
  const std::int64_t offset = av_rescale_q(start_, kMicroseconds, source.time_base);
  if (packet.pts != AV_NOPTS_VALUE) packet.pts -= offset;
  if (packet.dts != AV_NOPTS_VALUE) packet.dts -= offset;
  av_packet_rescale_ts(&packet, source.time_base, track.target->time_base);
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
  if (packet.dts != AV_NOPTS_VALUE && track.last_dts != AV_NOPTS_VALUE && packet.dts <= track.last_dts)
    packet.dts = track.last_dts + 1;
  if (packet.pts != AV_NOPTS_VALUE && packet.pts < packet.dts) packet.pts = packet.dts;
  track.last_dts = packet.dts;
  if (packet.pts != AV_NOPTS_VALUE)
    duration_ = std::max(duration_, static_cast<double>(packet.pts + packet.duration) * av_q2d(track.target->time_base));
  packet.stream_index = track.target->index;
  packet.pos = -1;
  if (const int rc = av_interleaved_write_frame(output_.get(), &packet); rc < 0)
    return io_->main().failure("mux", "write packet", rc);
  return {};
}

Expected<void> ClipTarget::finish() {
  if (const int rc = av_write_trailer(output_.get()); rc < 0) return io_->main().failure("mux", "write trailer", rc);
  avio_flush(output_->pb);
  if (io_->main().system_error()) return io_->main().failure("mux", "write", AVERROR(EIO));
  return {};
}

std::uint64_t ClipTarget::bytes() const {
  return static_cast<std::uint64_t>(std::max<std::int64_t>(avio_size(output_->pb), 0));
}

}  // namespace hevcpool::media
