// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/source.h"

#include "base/crash_context.h"
#include "media/containers/boxed_webvtt.h"
#include "media/libav/log_capture.h"
#include "media/containers/named_codecs.h"
#include "profile/recorder.h"

#include <algorithm>
#include <utility>

namespace hevcpool::media {
namespace {

// A demuxer that fails so often without one packet in between will not find its way again.
constexpr int kFailuresBeforeEnd = 64;

void take_first(std::deque<PacketPtr>& packets, AVPacket& packet) {
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, packets.front().get());
  packets.pop_front();
}

}  // namespace

Expected<std::unique_ptr<Source>> Source::open(int fd, const std::string& name) {
  const profile::Scope timed(profile::Stage::open);
  HEVCPOOL_ASSIGN(InputFile file, open_file(fd, name));
  return std::unique_ptr<Source>(new Source(std::move(file), fd, name));
}

Expected<InputFile> Source::open_file(int fd, const std::string& name) { return InputFile::open_whole(fd, name); }

Expected<std::unique_ptr<Source>> Source::open_own(int fd) {
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open_own(fd));
  return std::unique_ptr<Source>(new Source(std::move(file), fd, {}));
}

Source::Source(InputFile file, int fd, std::string name)
    : file_(std::move(file)),
      fd_(fd),
      name_(std::move(name)),
      continuity_(file_.format()),
      complaints_(LogCapture::errors(format().iformat->name)) {}

// What libav does about it knows of pictures that are held back by one other only.
void Source::complete_times() {
  complete_times_ = true;
  for (int n = 0; n < streams(); ++n)
    if (stream(n).codecpar->video_delay > 1) return;
  format().flags |= AVFMT_FLAG_GENPTS;
}

void Source::read_only(const std::vector<int>& wanted) {
  for (int n = 0; n < streams() && !continuity_.may_jump(); ++n)
    stream(n).discard = std::ranges::find(wanted, n) == wanted.end() ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
}

Expected<bool> Source::read(AVPacket& packet) {
  while (cues_.empty()) {
    if (ahead_.empty()) {
      HEVCPOOL_ASSIGN(const bool more, read_on(packet));
      if (!more) return false;
    } else {
      take_first(ahead_, packet);
    }
    if (!is_boxed_webvtt(stream(packet.stream_index))) return true;
    HEVCPOOL_ASSIGN(cues_, unbox_webvtt(packet));
  }
  take_first(cues_, packet);
  return true;
}

Expected<bool> Source::read_on(AVPacket& packet) {
  if (!joint_.empty()) return read_to_joint(packet);
  HEVCPOOL_ASSIGN(const bool more, read_raw(packet));
  if (!more) return false;
  if (!continuity_.apply(packet, false)) return read_to_joint(packet);
  note_time(packet);
  return true;
}

// Sound that is beyond a jump of the clock waits for the picture to get there.
Expected<bool> Source::read_to_joint(AVPacket& packet) {
  constexpr std::size_t kMostPackets = 1000;
  bool more = true;
  if (joint_.empty()) HEVCPOOL_CHECK(keep_at_joint(packet, false));
  while (more && !joint_.front().settled) {
    HEVCPOOL_ASSIGN(more, read_raw(packet));
    const std::int64_t jumps = continuity_.jumps();
    if (more) HEVCPOOL_CHECK(keep_at_joint(packet, continuity_.apply(packet, false)));
    if (!more || continuity_.jumps() != jumps || joint_.size() > kMostPackets) settle();
  }
  av_packet_unref(&packet);
  av_packet_move_ref(&packet, joint_.front().packet.get());
  joint_.pop_front();
  note_time(packet);
  return true;
}

Expected<void> Source::keep_at_joint(AVPacket& packet, bool settled) {
  PacketPtr kept(av_packet_alloc());
  if (!kept) return fail_av("demux", "packet", AVERROR(ENOMEM));
  av_packet_move_ref(kept.get(), &packet);
  joint_.push_back({std::move(kept), settled});
  return {};
}

void Source::settle() {
  for (AtJoint& waiting : joint_)
    if (!waiting.settled) waiting.settled = continuity_.apply(*waiting.packet);
}

// With the times of the file.
Expected<bool> Source::read_raw(AVPacket& packet) {
  const profile::Scope timed(profile::Stage::demux);
  const CrashContext doing(Stage::demux);
  for (;;) {
    av_packet_unref(&packet);
    const int result = av_read_frame(&format(), &packet);
    if (result < 0) {
      HEVCPOOL_ASSIGN(const bool go_on, after_failed_read(result));
      if (!go_on) return false;
      continue;
    }
    failures_in_a_row_ = 0;
    if (demuxer_complained()) note_damage(damage_.lost_places);
    if (packet.flags & AV_PKT_FLAG_CORRUPT) note_damage(damage_.corrupt_packets);
    return true;
  }
}

// Demuxers pass over damage without a word in what they return; what they log is the only sign of it.
bool Source::demuxer_complained() {
  const std::int64_t complaints = LogCapture::errors(format().iformat->name);
  return std::exchange(complaints_, complaints) != complaints;
}

Expected<bool> Source::after_failed_read(int result) {
  const FdIo& io = file_.io();
  if (io.system_error()) return io.failure("demux", "reading the source", result);
  if (demuxer_complained() || result != AVERROR_EOF) note_damage(damage_.lost_places);
  if (result == AVERROR_EOF) return false;
  if (result == AVERROR(ENOMEM)) return fail_av("demux", "reading the source", result);
  return ++failures_in_a_row_ < kFailuresBeforeEnd && !avio_feof(format().pb);
}

void Source::note_time(const AVPacket& packet) {
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time == AV_NOPTS_VALUE) return;
  const double tick = av_q2d(stream(packet.stream_index).time_base);
  position_ = static_cast<double>(time) * tick;
  const auto index = static_cast<std::size_t>(packet.stream_index);
  if (index >= ends_.size()) ends_.resize(index + 1, 0);
  ends_[index] = std::max(ends_[index], position_ + static_cast<double>(packet.duration) * tick);
}

double Source::end() const { return ends_.empty() ? 0 : std::ranges::max(ends_); }

void Source::note_damage(std::int64_t& counter) {
  if (damage_.corrupt_packets + damage_.lost_places == 0) damage_.first_error = position_;
  ++counter;
}

}  // namespace hevcpool::media
