// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/clip.h"
#include "media/compat.h"
#include "media/fd_io.h"
#include "media/input_file.h"

#include <algorithm>
#include <limits>
#include <map>

namespace hevcpool::media {
namespace {

constexpr AVRational kMicroseconds{1, AV_TIME_BASE};
// Streams that are interleaved badly may still bring packets from before the end.
constexpr double kWorthSaying = 0.001;  // seconds
constexpr std::int64_t kLateness = 2 * AV_TIME_BASE;

class ClipCopier {
 public:
  ClipCopier(const ClipRequest& request, InputFile& file) : request_(request), file_(file) {}
  Expected<ClipReport> run();

 private:
  struct Track {
    AVStream* target = nullptr;
    std::int64_t last_dts = AV_NOPTS_VALUE;
  };
  Expected<void> make_output();
  Expected<void> add_track(AVStream& source);
  Expected<void> find_start(AVStream* video);
  Expected<void> copy_packets(AVStream* video);
  Expected<void> write(AVPacket& packet, Track& track);
  bool before_start(const AVPacket& packet, const AVStream& stream, bool is_video) const;
  std::int64_t time_of(std::int64_t timestamp, const AVStream& stream) const {
    return av_rescale_q(timestamp, stream.time_base, kMicroseconds);
  }

  const ClipRequest& request_;
  InputFile& file_;
  std::unique_ptr<TargetIo> io_;  // before the context, which writes through it
  OutputContextPtr output_;
  std::map<int, Track> tracks_;   // by index in the source
  std::int64_t start_ = 0;        // microseconds on the source's clock: of the key frame
  std::int64_t end_ = std::numeric_limits<std::int64_t>::max();
  ClipReport report_;
};

Expected<void> ClipCopier::make_output() {
  const AVOutputFormat* kind = av_guess_format(nullptr, request_.output_name.c_str(), nullptr);
  if (!kind) return fail("mux", "no_muxer", "no container is known by the extension of " + request_.output_name);
  AVFormatContext* context = nullptr;
  if (const int rc = avformat_alloc_output_context2(&context, kind, nullptr, nullptr); rc < 0)
    return fail_av("mux", kind->name, rc);
  output_.reset(context);
  HEVCPOOL_ASSIGN(io_, TargetIo::attach(request_.target, *context));
  for (unsigned i = 0; i < file_.format().nb_streams; ++i) HEVCPOOL_CHECK(add_track(*file_.format().streams[i]));
  if (tracks_.empty()) return fail("mux", "no_stream", "the container can hold no stream of the source");
  av_dict_copy(&context->metadata, file_.format().metadata, 0);
  if (const int rc = avformat_write_header(context, nullptr); rc < 0)
    return io_->main().failure("mux", "write header", rc);
  return {};
}

Expected<void> ClipCopier::add_track(AVStream& source) {
  const AVCodecParameters& codec = *source.codecpar;
  const bool media = codec.codec_type == AVMEDIA_TYPE_VIDEO || codec.codec_type == AVMEDIA_TYPE_AUDIO ||
                     codec.codec_type == AVMEDIA_TYPE_SUBTITLE;
  if (!media || avformat_query_codec(output_->oformat, codec.codec_id, FF_COMPLIANCE_NORMAL) == 0) {
    source.discard = AVDISCARD_ALL;
    report_.warnings.push_back({"dropped", fmt::format("stream {} ({}): not copied", source.index,
                                                       avcodec_get_name(codec.codec_id))});
    return {};
  }
  AVStream* target = avformat_new_stream(output_.get(), nullptr);
  if (!target || avcodec_parameters_copy(target->codecpar, &codec) < 0)
    return fail_av("mux", "new stream", AVERROR(ENOMEM));
  target->codecpar->codec_tag = 0;
  target->time_base = source.time_base;
  target->disposition = source.disposition;
  target->avg_frame_rate = source.avg_frame_rate;
  target->sample_aspect_ratio = source.sample_aspect_ratio;
  av_dict_copy(&target->metadata, source.metadata, 0);
  for (const AVPacketSideData& data : stream_side_data(source))
    if (std::uint8_t* copy = new_stream_side_data(*target, data.type, data.size))
      std::copy_n(data.data, data.size, copy);
  tracks_[source.index] = {target};
  return {};
}

// Goes to the key frame at or before the asked start, and finds its time.
Expected<void> ClipCopier::find_start(AVStream* video) {
  const std::int64_t wanted =
      file_.start_time() + static_cast<std::int64_t>(request_.options.start * AV_TIME_BASE);
  if (request_.options.duration > 0)
    end_ = wanted + static_cast<std::int64_t>(request_.options.duration * AV_TIME_BASE);
  start_ = wanted;
  if (request_.options.start > 0) {
    const int index = video ? video->index : -1;
    const std::int64_t place = video ? av_rescale_q(wanted, kMicroseconds, video->time_base) : wanted;
    const int rc = avformat_seek_file(&file_.format(), index, std::numeric_limits<std::int64_t>::min(), place, place, 0);
    if (rc < 0) return fail_av("demux", "seek", rc);
  }
  return {};
}

// Sound from before the key frame, and pictures that need what comes before it.
bool ClipCopier::before_start(const AVPacket& packet, const AVStream& stream, bool is_video) const {
  const std::int64_t timestamp = packet.pts == AV_NOPTS_VALUE ? packet.dts : packet.pts;
  if (timestamp == AV_NOPTS_VALUE) return false;
  return time_of(timestamp + (is_video ? 0 : packet.duration / 2), stream) < start_;
}

Expected<void> ClipCopier::write(AVPacket& packet, Track& track) {
  const AVStream& source = *file_.format().streams[packet.stream_index];
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
    report_.duration = std::max(report_.duration, static_cast<double>(packet.pts + packet.duration) *
                                                      av_q2d(track.target->time_base));
  packet.stream_index = track.target->index;
  packet.pos = -1;
  if (const int rc = av_interleaved_write_frame(output_.get(), &packet); rc < 0)
    return io_->main().failure("mux", "write packet", rc);
  return {};
}

Expected<void> ClipCopier::copy_packets(AVStream* video) {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  bool started = video == nullptr;
  while (!(request_.cancelled && request_.cancelled())) {
    av_packet_unref(packet.get());
    const int rc = av_read_frame(&file_.format(), packet.get());
    if (rc == AVERROR(EAGAIN)) continue;
    if (rc < 0) return {};
    const AVStream& stream = *file_.format().streams[packet->stream_index];
    const auto track = tracks_.find(stream.index);
    const bool is_video = &stream == video;
    if (is_video && !started && packet->flags & AV_PKT_FLAG_KEY) {
      start_ = time_of(packet->pts == AV_NOPTS_VALUE ? packet->dts : packet->pts, stream);
      started = true;
    }
    if (track == tracks_.end() || !started || before_start(*packet, stream, is_video)) continue;
    const std::int64_t decoded = packet->dts == AV_NOPTS_VALUE ? packet->pts : packet->dts;
    if (decoded != AV_NOPTS_VALUE && time_of(decoded, stream) >= end_) {
      if (time_of(decoded, stream) >= end_ + kLateness) return {};
      continue;
    }
    if (is_video) ++report_.packets;
    HEVCPOOL_CHECK(write(*packet, track->second));
  }
  return fail("clip", "cancelled", "cancelled");
}

Expected<ClipReport> ClipCopier::run() {
  const auto found = file_.video();
  AVStream* video = found ? *found : nullptr;
  if (video && video->disposition & AV_DISPOSITION_ATTACHED_PIC) video = nullptr;
  HEVCPOOL_CHECK(make_output());
  if (video && !tracks_.count(video->index)) video = nullptr;
  HEVCPOOL_CHECK(find_start(video));
  HEVCPOOL_CHECK(copy_packets(video));
  if (const int rc = av_write_trailer(output_.get()); rc < 0) return io_->main().failure("mux", "write trailer", rc);
  avio_flush(output_->pb);
  if (io_->main().system_error()) return io_->main().failure("mux", "write", AVERROR(EIO));
  if (video && report_.packets == 0) return fail("demux", "no_frame", "there is no picture in that part of the file");
  report_.start = static_cast<double>(start_ - file_.start_time()) / AV_TIME_BASE;
  if (request_.options.start - report_.start > kWorthSaying)
    report_.warnings.push_back({"early_start", fmt::format("begins at {:.3f} s, with the key frame", report_.start)});
  report_.bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(avio_size(output_->pb), 0));
  return std::move(report_);
}

}  // namespace

Expected<ClipReport> copy_clip(const ClipRequest& request) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(request.source, request.name));
  return ClipCopier(request, file).run();
}

}  // namespace hevcpool::media
