// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/stream_kind.h"
#include "media/verify/verify.h"

#include "media/input/completeness.h"
#include "media/verify/gop_check.h"
#include "media/libav/log_capture.h"
#include "media/verify/picture_compare.h"
#include "media/plan/streams.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace hevcpool::media {
namespace {

// A stream that was written and the one that was found for it.
struct Pairing {
  const StreamCount* written = nullptr;
  int found = -1;
  std::int64_t packets = 0;
  double last = 0, end = 0;  // of the packets: the latest beginning, the latest end
  std::optional<GopCheck> pictures;
};

// MP4 has one label for all layers of MPEG audio.
bool same_codec(std::string_view written, std::string_view found) {
  const auto is_mpeg_audio = [](std::string_view name) { return name == "mp2" || name == "mp3"; };
  return written == found || (is_mpeg_audio(written) && is_mpeg_audio(found));
}

bool is_picture(const StreamCount& stream) { return stream.type == "video" && stream.codec != "hevc"; }

// Readers may cut these anew into packets, or add empty ones between.
bool counts_exactly(const StreamCount& stream) {
  return stream.type == "video" || (stream.type == "audio" && !stream.codec.starts_with("pcm_"));
}

class Verification {
 public:
  explicit Verification(const VerifyRequest& request) : request_(request) {}

  Expected<VerifyReport> run() {
    HEVCPOOL_ASSIGN(file_, Source::open_own(request_.target));
    if (const auto missing = missing_by_index(file_->format())) return fail("verify", "truncated", *missing);
    HEVCPOOL_CHECK(pair_streams());
    HEVCPOOL_CHECK(read_all());
    HEVCPOOL_CHECK(check_counts());
    HEVCPOOL_CHECK(check_duration());
    HEVCPOOL_CHECK(check_ends());
    if (request_.depth == Verify::full) HEVCPOOL_CHECK(compare_pictures());
    return report_;
  }

 private:
  bool matches(const StreamCount& written, int found) const;
  Expected<void> pair_streams();
  Expected<void> pair(const StreamCount& written, int& next);
  Expected<void> read_all();
  Expected<void> take(const AVPacket& packet);
  Expected<void> check_counts();
  Expected<void> check_duration() const;
  Expected<void> check_ends() const;
  Expected<void> compare_pictures();

  const VerifyRequest& request_;
  std::unique_ptr<Source> file_;
  std::vector<Pairing> pairs_;
  std::vector<Pairing*> by_stream_;  // of the file; null: not one of ours (chapters, timecode)
  VerifyReport report_;
};

bool Verification::matches(const StreamCount& written, int found) const {
  const AVStream& stream = file_->stream(found);
  const char* type = av_get_media_type_string(stream.codecpar->codec_type);
  if (!type || is_attached_picture(stream)) return false;
  return written.type == type && same_codec(written.codec, avcodec_get_name(stream.codecpar->codec_id));
}

// Streams of one type stay in order; pictures and attachments may move, and others may be added.
Expected<void> Verification::pair(const StreamCount& written, int& next) {
  while (next < file_->streams() && !matches(written, next)) ++next;
  if (next == file_->streams())
    return fail("verify", "stream_missing",
                fmt::format("{} stream {} ({}) is not in the output", written.type, written.index, written.codec));
  Pairing& pairing = pairs_.emplace_back();
  pairing.written = &written;
  pairing.found = next++;
  if (written.codec != "hevc") return {};
  HEVCPOOL_ASSIGN(pairing.pictures, GopCheck::create(file_->stream(pairing.found), written.packets));
  return {};
}

Expected<void> Verification::pair_streams() {
  const auto& written = request_.expected.outputs;
  pairs_.reserve(written.size());
  for (const std::string_view type : {"video", "audio", "subtitle", "data"}) {
    int next = 0;
    for (const StreamCount& stream : written)
      if (stream.type == type && !is_picture(stream) && stream.packets > 0) HEVCPOOL_CHECK(pair(stream, next));
  }
  by_stream_.resize(static_cast<std::size_t>(file_->streams()));
  for (Pairing& pairing : pairs_) by_stream_[static_cast<std::size_t>(pairing.found)] = &pairing;
  const auto pictures = std::ranges::count_if(written, is_picture);
  std::int64_t found = 0;
  for (int n = 0; n < file_->streams(); ++n) found += is_attached_picture(file_->stream(n));
  if (found < pictures) return fail("verify", "stream_missing", "an attached picture is not in the output");
  return {};
}

Expected<void> Verification::take(const AVPacket& packet) {
  const auto index = static_cast<std::size_t>(packet.stream_index);
  Pairing* pairing = index < by_stream_.size() ? by_stream_[index] : nullptr;
  if (!pairing) return {};
  ++pairing->packets;
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  const double tick = av_q2d(file_->stream(packet.stream_index).time_base);
  pairing->last = std::max(pairing->last, static_cast<double>(time) * tick);
  pairing->end = std::max(pairing->end, static_cast<double>(time + packet.duration) * tick);
  return pairing->pictures ? pairing->pictures->take(packet) : Expected<void>{};
}

Expected<void> Verification::read_all() {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("verify", "packet", AVERROR(ENOMEM));
  for (;;) {
    if (request_.cancelled && request_.cancelled()) return fail("verify", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool more, file_->read(*packet));
    if (!more) break;
    HEVCPOOL_CHECK(take(*packet));
  }
  const SourceDamage& damage = file_->damage();
  if (damage.corrupt_packets + damage.lost_places > 0)
    return fail("verify", "damaged", "the output cannot be read back: " + LogCapture::last_error());
  return {};
}

Expected<void> Verification::check_counts() {
  for (Pairing& pairing : pairs_) {
    const StreamCount& written = *pairing.written;
    if (pairing.pictures) {
      HEVCPOOL_CHECK(pairing.pictures->finish());
      report_.frames_decoded += pairing.pictures->decoded();
    }
    const bool enough = counts_exactly(written) ? pairing.packets == written.packets : pairing.packets > 0;
    if (!enough)
      return fail("verify", "packet_count", fmt::format("{} stream {}: {} packets were written, {} are there",
                                                        written.type, written.index, written.packets,
                                                        pairing.packets));
  }
  return {};
}

Expected<void> Verification::check_duration() const {
  double written = 0, found = 0;
  for (const Pairing& pairing : pairs_) {
    if (!counts_exactly(*pairing.written)) continue;
    written = std::max(written, pairing.written->end);
    found = std::max(found, pairing.end);
  }
  // How long the last frame shown stays is, with reordering, only in the container's header; which may also be longer
  // than what is counted here, by a subtitle.
  const AVFormatContext& format = file_->format();
  const double stated = static_cast<double>(format.duration + std::max<std::int64_t>(0, format.start_time)) / AV_TIME_BASE;
  if (format.duration > 0) found = std::max(found, std::min(stated, written));
  // Containers round times, and may begin the file a few frames of sound earlier.
  const double tolerance = std::max(0.25, 0.001 * written);
  // Where frames are far apart, readers guess how long the last one stays; then the header is right.
  if (std::abs(written - found) <= tolerance || std::abs(written - stated) <= tolerance) return {};
  return fail("verify", "duration", fmt::format("{:.3f} s were written, {:.3f} s are there", written, found));
}

// Each stream by itself, with what was read: one that runs away from the others is written as it was made.
Expected<void> Verification::check_ends() const {
  constexpr double kTolerance = 0.25;
  for (const Pairing& pairing : pairs_) {
    const StreamCount& written = *pairing.written;
    if (!written.source_end) continue;
    const double found = written.type == "audio" ? pairing.end : pairing.last;
    if (std::abs(found - *written.source_end) > kTolerance)
      return fail("verify", "out_of_sync", fmt::format("{} stream {} ends at {:.3f} s, in the source at {:.3f} s",
                                                       written.type, written.index, found, *written.source_end));
  }
  return {};
}

Expected<void> Verification::compare_pictures() {
  std::vector<int> sources;
  for (const StreamPlan& plan : request_.expected.inspection.streams)
    if (plan.action == StreamPlan::Action::encode && plan.type == "video") sources.push_back(plan.index);
  std::vector<int> targets;
  for (const Pairing& pairing : pairs_)
    if (pairing.pictures) targets.push_back(pairing.found);
  if (sources.size() != targets.size()) return {};  // a stream without frames was left out: no telling which
  for (std::size_t n = 0; n < sources.size(); ++n) {
    HEVCPOOL_ASSIGN(const Similarity similarity, compare_videos(request_, sources[n], targets[n]));
    report_.frames_decoded += similarity.frames;
    if (report_.lowest_ssim_frame >= 0 && similarity.lowest >= report_.lowest_ssim) continue;
    report_.lowest_ssim = similarity.lowest;
    report_.lowest_ssim_frame = similarity.lowest_frame;
  }
  return {};
}

}  // namespace

Expected<VerifyReport> verify(const VerifyRequest& request) {
  if (request.depth == Verify::none) return VerifyReport{};
  const LogCapture log;
  return Verification(request).run();
}

}  // namespace hevcpool::media
