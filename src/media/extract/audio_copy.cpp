// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/extract/audio_copy.h"

#include "media/extract/audio_file.h"

#include <algorithm>
#include <memory>

namespace hevcpool::media {
namespace {

// One stream on its way into one file.
class Lane {
 public:
  static Expected<std::unique_ptr<Lane>> open(const AVStream& source, const AudioCopyTarget& target, std::int64_t begin);
  int stream() const { return source_.index; }
  Expected<void> copy(const AVPacket& packet);
  Expected<CopiedAudio> finish();

 private:
  Lane(const AVStream& source, const AudioFileKind& kind, std::int64_t begin)
      : source_(source), clock_(source), begin_(ticks(begin, clock_.time_base())), timed_(holds_times(kind)) {}
  bool is_hidden(const AVPacket& packet);
  void note(const AVPacket& packet);

  const AVStream& source_;
  CopyClock clock_;
  std::int64_t begin_;
  bool timed_;
  std::unique_ptr<AudioFile> file_;
  bool begun_ = false;         // a packet was there that is heard
  std::int64_t first_ = AV_NOPTS_VALUE, end_ = 0, length_ = 0;  // of those; length_: the sum of their durations
};

Expected<std::unique_ptr<Lane>> Lane::open(const AVStream& source, const AudioCopyTarget& target, std::int64_t begin) {
  std::unique_ptr<Lane> lane(new Lane(source, target.kind, begin));
  HEVCPOOL_ASSIGN(lane->file_, AudioFile::create(target.file, target.kind.muxer));
  AVStream& made = lane->file_->stream();
  if (const int rc = avcodec_parameters_copy(made.codecpar, source.codecpar); rc < 0)
    return fail_av("mux", "codec parameters", rc);
  made.time_base = lane->clock_.time_base();
  av_dict_copy(&made.metadata, source.metadata, 0);
  HEVCPOOL_CHECK(lane->file_->begin());
  return lane;
}

// An edit list of the source leaves the packet out. Before the beginning it is kept for the decoder where the file can
// say that it is not heard.
bool Lane::is_hidden(const AVPacket& packet) {
  const bool hidden = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  begun_ |= !hidden;
  return hidden && (begun_ || !timed_);
}

void Lane::note(const AVPacket& packet) {
  if (!begun_) return;
  if (first_ == AV_NOPTS_VALUE) first_ = packet.pts;
  end_ = std::max(end_, packet.pts + packet.duration);
  length_ += packet.duration;
}

Expected<void> Lane::copy(const AVPacket& packet) {
  if (packet.size == 0 || is_hidden(packet)) return {};
  const PacketPtr copied(av_packet_clone(&packet));
  if (!copied) return fail_av("mux", "keep packet", AVERROR(ENOMEM));
  clock_.apply(*copied);
  copied->pts -= begin_;
  copied->dts -= begin_;
  note(*copied);
  return file_->write(*copied, clock_.time_base());
}

Expected<CopiedAudio> Lane::finish() {
  HEVCPOOL_CHECK(file_->finish());
  CopiedAudio copied{.packets = file_->packets(), .seconds = file_->seconds(), .bytes = file_->bytes()};
  if (timed_ || first_ == AV_NOPTS_VALUE) return copied;
  const double tick = av_q2d(clock_.time_base());
  copied.lost_delay = static_cast<double>(std::max<std::int64_t>(0, first_)) * tick;
  copied.lost_gaps = static_cast<double>(end_ - first_ - length_) * tick;
  return copied;
}

}  // namespace

Expected<std::vector<CopiedAudio>> copy_audio(Source& source, const std::vector<AudioCopyTarget>& targets,
                                              const std::function<bool()>& cancelled) {
  std::vector<int> wanted;
  for (const AudioCopyTarget& target : targets) wanted.push_back(target.stream);
  source.read_only(wanted);
  std::vector<std::unique_ptr<Lane>> lanes;
  for (const AudioCopyTarget& target : targets) {
    HEVCPOOL_ASSIGN(auto lane, Lane::open(source.stream(target.stream), target, source.file().time_zero()));
    lanes.push_back(std::move(lane));
  }
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "allocate packet", AVERROR(ENOMEM));
  for (bool more = true; more;) {
    if (cancelled && cancelled()) return fail("audio", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(more, source.read(*packet));
    for (const auto& lane : lanes)
      if (more && lane->stream() == packet->stream_index) HEVCPOOL_CHECK(lane->copy(*packet));
  }
  std::vector<CopiedAudio> copied;
  for (const auto& lane : lanes) {
    HEVCPOOL_ASSIGN(copied.emplace_back(), lane->finish());
  }
  return copied;
}

}  // namespace hevcpool::media
