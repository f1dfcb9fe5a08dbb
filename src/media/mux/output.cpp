// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/output.h"

#include "base/crash_context.h"
#include "media/mux/mov_languages.h"
#include "profile/recorder.h"

#include <algorithm>

namespace hevcpool::media {

Expected<std::unique_ptr<Output>> Output::create(int fd, Container container) {
  std::unique_ptr<Output> output(new Output(fd, container));
  AVFormatContext* context = nullptr;
  const int made = avformat_alloc_output_context2(&context, nullptr, muxer_name(container), nullptr);
  if (made < 0) return fail_av("mux", "no muxer", made);
  output->format_.reset(context);
  HEVCPOOL_ASSIGN(output->io_, TargetIo::attach(fd, *context));
  // What libav calls experimental or unofficial in MP4 (TrueHD, Dolby Vision records) is wanted as well.
  context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  // The same source gives the same bytes: no random identifiers (Matroska), no library versions.
  context->flags |= AVFMT_FLAG_BITEXACT;
  return output;
}

Expected<AVStream*> Output::add_stream() {
  AVStream* stream = avformat_new_stream(format_.get(), nullptr);
  if (!stream) return fail_av("mux", "new stream", AVERROR(ENOMEM));
  return stream;
}

void Output::set_option(const char* key, const char* value) {
  AVDictionary* options = options_.release();
  av_dict_set(&options, key, value, AV_DICT_APPEND);
  options_.reset(options);
}

Expected<void> Output::begin() {
  const profile::Scope timed(profile::Stage::mux);
  const CrashContext doing(Stage::mux);
  if (container_ == Container::mkv) HEVCPOOL_CHECK(marks_.reserve(*format_));
  AVDictionary* options = options_.release();
  const int result = avformat_write_header(format_.get(), &options);
  options_.reset(options);
  if (result < 0) return io_->main().failure("mux", "writing the header", result);
  written_.resize(format_->nb_streams);
  begun_ = true;
  return {};
}

// Rounding to a coarser clock, and sources that are careless, may let decoding times stand still or go back.
void Output::keep_in_order(AVPacket& packet, Written& written) const {
  const bool strict = !(format_->oformat->flags & AVFMT_TS_NONSTRICT);
  if (written.last_dts != AV_NOPTS_VALUE && packet.dts < written.last_dts + strict)
    packet.dts = written.last_dts + strict;
  packet.pts = std::max(packet.pts, packet.dts);
  written.last_dts = packet.dts;
}

Expected<void> Output::write(AVPacket& packet, int stream, AVRational time_base) {
  const profile::Scope timed(profile::Stage::mux);
  const CrashContext doing(Stage::mux);
  AVStream& target = *format_->streams[stream];
  Written& written = written_[static_cast<std::size_t>(stream)];
  const std::int64_t later = container_ == Container::mkv ? marks_.delay(packet, stream, time_base) : 0;
  av_packet_rescale_ts(&packet, time_base, target.time_base);
  packet.stream_index = stream;
  packet.pos = -1;
  keep_in_order(packet, written);
  note(packet, written, av_rescale_q(later, time_base, target.time_base));
  const int result = av_interleaved_write_frame(format_.get(), &packet);
  if (result < 0) return io_->main().failure("mux", "writing", result);
  if (io_->main().system_error()) return io_->main().failure("mux", "writing", AVERROR(EIO));
  return {};
}

void Output::note(const AVPacket& packet, Written& written, std::int64_t later) {
  if (packet.size == 0) return;  // brings side data only
  const std::int64_t begin = packet.pts - later, end = begin + packet.duration;
  written.first = written.packets == 0 ? begin : std::min(written.first, begin);
  written.end = written.packets == 0 ? end : std::max(written.end, end);
  ++written.packets;
}

Expected<void> Output::finish() {
  const profile::Scope timed(profile::Stage::mux);
  const CrashContext doing(Stage::mux);
  const int result = av_write_trailer(format_.get());
  avio_flush(format_->pb);
  if (result < 0 || io_->main().system_error())
    return io_->main().failure("mux", "completing the file", result < 0 ? result : AVERROR(EIO));
  if (container_ == Container::mov) HEVCPOOL_CHECK(write_mov_languages(fd_, *format_));
  return container_ == Container::mkv ? marks_.write(fd_, *format_) : Expected<void>{};
}

std::uint64_t Output::bytes() const {
  const std::int64_t size = avio_size(format_->pb);
  return static_cast<std::uint64_t>(std::max({size, avio_tell(format_->pb), std::int64_t{0}}));
}

std::vector<StreamCount> Output::counts() const {
  std::vector<StreamCount> counts;
  for (std::size_t n = 0; n < written_.size(); ++n) {
    const AVStream& stream = *format_->streams[n];
    const Written& written = written_[n];
    StreamCount count;
    count.index = static_cast<int>(n);
    const char* type = av_get_media_type_string(stream.codecpar->codec_type);
    count.type = type ? type : "unknown";
    count.codec = avcodec_get_name(stream.codecpar->codec_id);
    count.packets = written.packets;
    if (written.packets > 0) {
      count.start = static_cast<double>(written.first) * av_q2d(stream.time_base);
      count.end = static_cast<double>(written.end) * av_q2d(stream.time_base);
    }
    counts.push_back(std::move(count));
  }
  return counts;
}

double Output::duration() const {
  double end = 0;
  for (const StreamCount& count : counts()) end = std::max(end, count.end);
  return end;
}

}  // namespace hevcpool::media
