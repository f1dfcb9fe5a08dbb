// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/undecoded.h"

#include "media/libav/compat.h"

#include <algorithm>

namespace hevcpool::media {
namespace {

constexpr std::int64_t kFewestPackets = 12;       // shorter stretches are damage, which is counted anyway
constexpr std::size_t kMostOfBeginning = 64 << 10;      // to recognise a codec by

}  // namespace

void UndecodedStretches::note(const AVPacket& packet, const DecodeCounts& counts) {
  if (counts.frames != before_.frames) return end_stretch(counts);
  ++packets_;
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time != AV_NOPTS_VALUE) {
    first_ = first_ == AV_NOPTS_VALUE ? time : std::min(first_, time);
    last_ = std::max(last_, time + packet.duration);
  }
  const auto room = std::min<std::size_t>(kMostOfBeginning - beginning_.size(), static_cast<std::size_t>(packet.size));
  beginning_.append(reinterpret_cast<const char*>(packet.data), room);
}

double UndecodedStretches::seconds(std::int64_t time) const {
  return static_cast<double>(time) * av_q2d(stream_.time_base) - static_cast<double>(start_time_) / AV_TIME_BASE;
}

// The raw format that the bytes look like; empty where there is none, or it is the stream's own.
std::string UndecodedStretches::seems_to_be() const {
  std::string padded = beginning_ + std::string(AVPROBE_PADDING_SIZE, '\0');
  const AVProbeData data{.filename = "", .buf = reinterpret_cast<unsigned char*>(padded.data()),
                         .buf_size = static_cast<int>(beginning_.size()), .mime_type = nullptr};
  int score = 0;
  const AVInputFormat* format = av_probe_input_format3(&data, 1, &score);
  const AVCodecID codec = format != nullptr ? raw_codec(*format) : AV_CODEC_ID_NONE;
  return codec != AV_CODEC_ID_NONE && codec != stream_.codecpar->codec_id ? format->name : "";
}

void UndecodedStretches::end_stretch(const DecodeCounts& counts) {
  const bool failed = packets_ >= kFewestPackets && 2 * (counts.errors - before_.errors) >= packets_;
  if (failed && last_ != AV_NOPTS_VALUE) {
    const std::string codec = seems_to_be();
    notes_.warn("undecodable", fmt::format("video stream {}: from {:.3f} s to {:.3f} s nothing can be decoded{}: left out",
                                           stream_.index, seconds(first_), seconds(last_),
                                           codec.empty() ? "" : ", it seems to go on as " + codec));
  }
  before_ = counts;
  packets_ = 0;
  first_ = last_ = AV_NOPTS_VALUE;
  beginning_.clear();
}

void LateStart::expect(const AVPacket& packet) {
  constexpr std::size_t kMost = 1 << 20;
  const bool to_be_shown = packet.pts != AV_NOPTS_VALUE && (packet.flags & AV_PKT_FLAG_DISCARD) == 0;
  if (to_be_shown && expected_.size() < kMost) expected_.push_back(packet.pts);
}

void LateStart::end_at(std::int64_t first, const std::function<bool(std::int64_t)>& wanted) {
  if (expected_.empty()) return;
  const auto missing = std::ranges::count_if(expected_, [&](std::int64_t pts) { return pts < first && wanted(pts); });
  expected_.clear();
  missing_ += missing;
  if (missing == 0) return;
  const double seconds = static_cast<double>(first) * av_q2d(stream_.time_base) - static_cast<double>(start_time_) / AV_TIME_BASE;
  notes_.warn("starts_late", fmt::format("{} frames before the first clean one, {:.3f} s into the file, cannot be decoded",
                                         missing, seconds));
}

}  // namespace hevcpool::media
