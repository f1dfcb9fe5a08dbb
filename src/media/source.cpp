// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/source.h"

namespace hevcpool::media {
namespace {

// A demuxer that fails so often without one packet in between will not find its way again.
constexpr int kFailuresBeforeEnd = 64;

}  // namespace

Expected<std::unique_ptr<Source>> Source::open(int fd, const std::string& name) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(fd, name));
  return std::unique_ptr<Source>(new Source(std::move(file)));
}

Expected<bool> Source::read(AVPacket& packet) {
  for (;;) {
    av_packet_unref(&packet);
    const int result = av_read_frame(&format(), &packet);
    if (result < 0) {
      HEVCPOOL_ASSIGN(const bool go_on, after_failed_read(result));
      if (!go_on) return false;
      continue;
    }
    failures_in_a_row_ = 0;
    if (packet.flags & AV_PKT_FLAG_CORRUPT) note_damage(&packet);
    continuity_.apply(packet);
    return true;
  }
}

Expected<bool> Source::after_failed_read(int result) {
  const FdIo& io = file_.io();
  if (io.system_error()) return io.failure("demux", "reading the source", result);
  if (result == AVERROR_EOF) return false;
  if (result == AVERROR(ENOMEM)) return fail_av("demux", "reading the source", result);
  note_damage(nullptr);
  return ++failures_in_a_row_ < kFailuresBeforeEnd && !avio_feof(format().pb);
}

void Source::note_damage(const AVPacket* packet) {
  if (packet && packet->dts != AV_NOPTS_VALUE)
    position_ = static_cast<double>(packet->dts) * av_q2d(stream(packet->stream_index).time_base);
  if (damage_.corrupt_packets + damage_.read_errors == 0) damage_.first_error = position_;
  ++(packet ? damage_.corrupt_packets : damage_.read_errors);
}

void Source::seek(int index, std::int64_t timestamp) {
  // A format that cannot seek is read from its beginning; what is before the range is dropped either way.
  if (avformat_seek_file(&format(), index, INT64_MIN, timestamp, timestamp, 0) >= 0) continuity_.reset();
}

}  // namespace hevcpool::media
