// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/packet_run.h"

#include <algorithm>
#include <string_view>

namespace hevcpool::media {
namespace {

// No codec lets more frames overtake one on the way from coding to display order.
constexpr unsigned kMostOvertaking = 16;
constexpr std::size_t kMostOfRun = 64 << 20;
constexpr std::size_t kMostPackets = 4000;

}  // namespace

Expected<PacketRun> PacketRun::read(FrameReader& reader, std::int64_t timestamp, bool first_may_be_late) {
  PacketRun run(timestamp);
  HEVCPOOL_ASSIGN(const AVPacket* first, reader.next_packet());
  const bool late = !first || (first->pts != AV_NOPTS_VALUE && first->pts > timestamp);  // no key frame: late, too
  if (late && !first_may_be_late) {
    run.found_ = Found::late;
    return run;
  }
  if (!first || first->pts == AV_NOPTS_VALUE || !(first->flags & AV_PKT_FLAG_KEY)) return run;
  HEVCPOOL_CHECK(run.read_all(reader));
  return run;
}

// Begins with the packet that the reader has just read.
Expected<void> PacketRun::read_all(FrameReader& reader) {
  AVPacket* packet = reader.packet();
  while (packet && !certain()) {
    if (packet->pts == AV_NOPTS_VALUE || bytes_ > kMostOfRun || packets_.size() == kMostPackets) return {};
    consider(*packet);
    HEVCPOOL_CHECK(keep(*packet));
    HEVCPOOL_ASSIGN(packet, reader.next_packet());
  }
  if (!target_) target_ = first_later_;  // nothing is on yet
  if (target_) cut_after_target();
  return {};
}

void PacketRun::consider(const AVPacket& packet) {
  // a later key frame that is shown in time is the better place to begin
  if (packets_.empty() || (packet.flags & AV_PKT_FLAG_KEY && packet.pts <= timestamp_)) {
    packets_.clear();
    target_.reset();
    first_later_.reset();
    later_ = 0;
    bytes_ = 0;
    begin_ = packet.pts;
  }
  if (packet.flags & AV_PKT_FLAG_DISCARD || packet.pts < begin_) return;  // of those no picture comes
  const std::size_t place = packets_.size();
  if (packet.pts > timestamp_) {
    ++later_;
    if (!first_later_ || packet.pts < packets_[*first_later_]->pts) first_later_ = place;
  } else if (!target_ || packet.pts > packets_[*target_]->pts) {
    target_ = place;
  }
}

Expected<void> PacketRun::keep(AVPacket& packet) {
  PacketPtr kept(av_packet_alloc());
  if (!kept) return fail_av("demux", "keep packet", AVERROR(ENOMEM));
  bytes_ += static_cast<std::size_t>(packet.size);
  av_packet_move_ref(kept.get(), &packet);
  packets_.push_back(std::move(kept));
  return {};
}

bool PacketRun::certain() const {
  return (target_ && packets_[*target_]->pts == timestamp_) || later_ >= kMostOvertaking;
}

void PacketRun::cut_after_target() {
  packets_.resize(*target_ + 1);
  found_ = Found::yes;
}

bool may_split_frames(const AVFormatContext& format, const AVStream& stream) {
  if (stream.codecpar->codec_id != AV_CODEC_ID_H264) return false;  // libav joins the fields of the others
  const std::string_view name = format.iformat->name;
  const bool whole_frames = name.starts_with("mov,") || name.starts_with("matroska,") || name == "flv" || name == "avi";
  return !whole_frames && stream.codecpar->field_order != AV_FIELD_PROGRESSIVE;
}

}  // namespace hevcpool::media
