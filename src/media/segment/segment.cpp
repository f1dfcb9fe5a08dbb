// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/segment.h"

#include "media/libav/compat.h"
#include "media/video/decoder.h"
#include "media/input/input_file.h"
#include "media/segment/segment_meta.h"
#include "media/segment/segment_source.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>

namespace hevcpool::media {
namespace {

// All segments are described by it: where the picture changes its size on the way, they would not fit together otherwise.
Expected<FramePtr> first_picture_of(int fd, const std::string& name) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open_for_video(fd, name));
  HEVCPOOL_ASSIGN(AVStream * stream, file.video());
  HEVCPOOL_ASSIGN(const auto decoder, Decoder::open(*stream, 1));
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  FramePtr first;
  const auto keep = [&first](AVFrame& frame) -> Expected<void> {
    if (!first) first.reset(av_frame_clone(&frame));
    return {};
  };
  for (; !first && av_read_frame(&file.format(), packet.get()) >= 0; av_packet_unref(packet.get()))
    if (packet->stream_index == stream->index) HEVCPOOL_CHECK(decoder->send(*packet, keep));
  if (!first) HEVCPOOL_CHECK(decoder->finish(keep));
  if (!first) return fail("decode", "no_frame", "no frame could be decoded");
  return first;
}

// One encoding of one segment.
class Segment {
 public:
  Segment(const SegmentRequest& request, SegmentSource& source)
      : request_(request), range_(request.range), end_(range_.end), source_(source), head_(range_.begin), tail_(end_),
        started_(std::chrono::steady_clock::now()) {}

  Expected<SegmentReport> run() {
    HEVCPOOL_CHECK(make_track());
    HEVCPOOL_CHECK(read_all());
    HEVCPOOL_CHECK(track_->finish(sink()));
    return finish();
  }

 private:
  PacketSink sink() {
    return [this](AVPacket& packet) { return take(packet); };
  }

  Expected<void> make_track() {
    FrameWindow window;
    window.begin = range_.begin;
    window.end = end_;
    window.on_decoded = [this](const AVFrame& frame) {
      last_seen_ = std::max(last_seen_, frame.pts);
      interlaced_ |= is_interlaced(frame);
      head_.see(frame);
      tail_.see(frame);
    };
    if (range_.begin != SegmentRange::kFileBegin)
      window.first_picture = [this] { return first_picture_of(request_.source, request_.name); };
    HEVCPOOL_ASSIGN(track_, VideoTrack::create(source_.format(), source_.video(), request_.options, {}, notes_, window));
    return {};
  }

  // To the end of the file, or until the frames after the cut have been seen.
  Expected<void> read_all() {
    PacketPtr packet(av_packet_alloc());
    if (!packet) return fail_av("demux", "no memory for a packet", AVERROR(ENOMEM));
    while (!tail_.wanted() || !tail_.full()) {
      if (request_.cancelled && request_.cancelled()) return fail("encode", "cancelled", "cancelled");
      HEVCPOOL_ASSIGN(const bool more, source_.read(*packet));
      if (!more) return {};
      shorten_if_told();
      HEVCPOOL_CHECK(send(*packet));
      if (interlaced_ && request_.options.deinterlace == Deinterlace::automatic)
        return fail("segment", "interlaced", "interlaced frames are deinterlaced only in the whole film");
      report_progress();
    }
    return {};
  }

  // A frame that was seen may be in the encoder already.
  void shorten_if_told() {
    std::int64_t end = 0;
    if (request_.shorten < 0 || ::pread(request_.shorten, &end, sizeof end, 0) != sizeof end) return;
    if (end >= end_ || end <= range_.begin || end <= last_seen_) return;
    end_ = end;
    tail_ = ProofRecorder(end);
    track_->end_at(end);
  }

  Expected<void> send(const AVPacket& packet) {
    const std::int64_t pts = packet.pts;
    const std::int64_t before = track_->stats().decode_errors;
    HEVCPOOL_CHECK(track_->send(packet, sink()));
    const std::int64_t errors = track_->stats().decode_errors - before;
    if (errors == 0) return {};
    head_.note_error(pts);
    tail_.note_error(pts);
    // Frames around the segment are another worker's.
    if (pts == AV_NOPTS_VALUE || (pts >= range_.begin && pts < end_)) errors_ += errors;
    return {};
  }

  Expected<void> take(const AVPacket& packet) {
    if (!writer_) HEVCPOOL_CHECK(begin_file());
    return writer_->write(packet);
  }

  Expected<void> begin_file() {
    SegmentHeader header;
    header.encoder = library_versions();
    header.options = request_.options_hash;
    header.time_base = track_->time_base();
    header.begin = range_.begin;
    header.end = range_.end;
    if (track_->ready()) {
      const AVCodecParameters& parameters = track_->parameters();
      header.reorder_delay = parameters.video_delay;
      if (parameters.extradata_size > 0)
        header.parameter_sets.assign(parameters.extradata, parameters.extradata + parameters.extradata_size);
    }
    HEVCPOOL_ASSIGN(writer_, SegmentWriter::create(request_.target, header));
    return {};
  }

  Expected<SegmentReport> finish() {
    if (!writer_) HEVCPOOL_CHECK(begin_file());  // a segment without frames
    SegmentTrailer trailer;
    if (end_ != range_.end) trailer.end = end_;
    trailer.stats = track_->stats();
    trailer.stats.decode_errors = errors_;
    trailer.head = head_.proof();
    trailer.tail = tail_.proof();
    trailer.warnings = notes_.warnings();
    HEVCPOOL_CHECK(writer_->finish(trailer));
    return read_segment_report(request_.target);
  }

  void report_progress() {
    const auto now = std::chrono::steady_clock::now();
    if (!request_.on_progress || now - reported_ < std::chrono::milliseconds(100)) return;
    reported_ = now;
    const VideoTrackStats& stats = track_->stats();
    EncodeProgress progress;
    progress.frames = stats.packets_out;
    progress.bytes_out = stats.bytes_out;
    progress.fps = static_cast<double>(stats.packets_out) / std::chrono::duration<double>(now - started_).count();
    if (stats.last_pts != AV_NOPTS_VALUE)
      progress.media_seconds =
          static_cast<double>(stats.last_pts - stats.first_pts) * av_q2d(track_->time_base());
    request_.on_progress(progress);
  }

  const SegmentRequest& request_;
  const SegmentRange& range_;
  std::int64_t end_;                                     // of the range, or sooner
  std::int64_t last_seen_ = SegmentRange::kFileBegin;    // the latest frame that was decoded
  SegmentSource& source_;
  Diagnostics notes_;
  ProofRecorder head_, tail_;
  std::unique_ptr<VideoTrack> track_;
  std::optional<SegmentWriter> writer_;
  std::int64_t errors_ = 0;
  bool interlaced_ = false;
  std::chrono::steady_clock::time_point started_, reported_;
};

}  // namespace

Expected<SegmentReport> encode_segment(const SegmentRequest& request) {
  HEVCPOOL_ASSIGN(auto source, SegmentSource::open(request.source, request.name, request.range));
  return Segment(request, source).run();
}

Expected<SegmentReport> read_segment_report(int segment) {
  HEVCPOOL_ASSIGN(const auto reader, SegmentReader::open(segment));
  SegmentReport report;
  report.begin = reader.header().begin;
  report.end = reader.header().end;
  report.options_hash = reader.header().options;
  report.head = digest(reader.trailer().head);
  report.tail = digest(reader.trailer().tail);
  report.frames = static_cast<std::int64_t>(reader.packets());
  report.bytes = reader.trailer().stats.bytes_out;
  report.decode_errors = reader.trailer().stats.decode_errors;
  return report;
}

}  // namespace hevcpool::media
