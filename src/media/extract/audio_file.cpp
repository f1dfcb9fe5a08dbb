// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_file.h"

namespace hevcpool::media {

Expected<std::unique_ptr<AudioFile>> AudioFile::create(int fd, const std::string& muxer) {
  std::unique_ptr<AudioFile> file(new AudioFile);
  AVFormatContext* context = nullptr;
  if (const int rc = avformat_alloc_output_context2(&context, nullptr, muxer.c_str(), nullptr); rc < 0)
    return fail_av("mux", fmt::format("muxer {}", muxer), rc);
  file->format_.reset(context);
  HEVCPOOL_ASSIGN(file->io_, TargetIo::attach(fd, *context));
  if (!avformat_new_stream(context, nullptr)) return fail_av("mux", "new stream", AVERROR(ENOMEM));
  return file;
}

Expected<void> AudioFile::begin() {
  stream().codecpar->codec_tag = 0;  // the muxer's own
  if (const int rc = avformat_write_header(format_.get(), nullptr); rc < 0)
    return io_->main().failure("mux", "write header", rc);
  return {};
}

Expected<void> AudioFile::write(AVPacket& packet, AVRational time_base) {
  packet.stream_index = 0;
  packet.pos = -1;
  av_packet_rescale_ts(&packet, time_base, stream().time_base);
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
  // damaged files repeat times; muxers refuse that
  if (packet.dts != AV_NOPTS_VALUE && last_dts_ != AV_NOPTS_VALUE && packet.dts <= last_dts_)
    packet.pts = packet.dts = last_dts_ + 1;
  if (packet.dts != AV_NOPTS_VALUE) last_dts_ = packet.dts;
  ++packets_;
  if (packet.pts != AV_NOPTS_VALUE)
    seconds_ = static_cast<double>(packet.pts + packet.duration) * av_q2d(stream().time_base);
  if (const int rc = av_write_frame(format_.get(), &packet); rc < 0)
    return io_->main().failure("mux", "write packet", rc);
  return {};
}

Expected<void> AudioFile::finish() {
  if (const int rc = av_write_trailer(format_.get()); rc < 0) return io_->main().failure("mux", "write trailer", rc);
  avio_flush(format_->pb);
  if (io_->main().system_error() || format_->pb->error < 0)
    return io_->main().failure("mux", "write", format_->pb->error);
  if (const auto size = avio_size(format_->pb); size > 0) bytes_ = static_cast<std::uint64_t>(size);
  return {};
}

}  // namespace hevcpool::media
