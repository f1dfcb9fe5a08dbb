// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/frame_reader.h"
#include "media/convert/stream_track.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr AVRational kMilliseconds{1, 1000};
constexpr std::size_t kMostBytesOfCue = 1 << 20;
constexpr std::int64_t kLongestUnknown = 5000;  // ms; MP4 has to say how long

struct Subtitle {
  AVSubtitle value{};
  Subtitle() = default;
  Subtitle(const Subtitle&) = delete;
  Subtitle& operator=(const Subtitle&) = delete;
  ~Subtitle() { avsubtitle_free(&value); }
};

// One line of text on its way, in the form libav's decoders and encoders exchange. Milliseconds.
struct Cue {
  std::int64_t begin, end;
  std::string ass;
  bool open = false;  // its end is a guess: it goes when the next one comes
};

// The text of a cue is its last field, its style the third.
constexpr std::size_t kStyle = 2, kText = 8;

std::string_view field(std::string_view ass, std::size_t number) {
  for (std::size_t n = 0; n < number; ++n) {
    const std::size_t comma = ass.find(',');
    if (comma == std::string_view::npos) return {};
    ass.remove_prefix(comma + 1);
  }
  return number == kText ? ass : ass.substr(0, ass.find(','));
}

// Several cues as one, each on lines of its own and in its own style.
std::string joined(std::span<const Cue> cues) {
  std::string ass = cues.front().ass;
  for (const Cue& cue : cues.subspan(1))
    ass += fmt::format("\\N{{\\r{}}}{}", field(cue.ass, kStyle), field(cue.ass, kText));
  return ass;
}

// MP4 shows one sample at a time: where cues overlap they are put together, piece by piece. Elsewhere each cue is
// a packet of its own.
class SubtitleTrack final : public StreamTrack {
 public:
  static Expected<std::unique_ptr<StreamTrack>> create(const AVStream& source, AVCodecID target, std::int64_t end);
  Expected<void> describe(AVStream& output) const override;
  Expected<void> send(AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override { return show_until(INT64_MAX, sink); }
  AVRational time_base() const override { return kMilliseconds; }

 private:
  SubtitleTrack(const AVStream& source, bool one_at_a_time, std::int64_t file_end)
      : source_(source), one_at_a_time_(one_at_a_time), file_end_(file_end), text_(kMostBytesOfCue) {}
  Expected<void> open_encoder(AVCodecID target);
  Expected<void> show_until(std::int64_t time, const PacketSink& sink);
  std::int64_t guess_end(std::int64_t begin) const;
  void close_open_cues(std::int64_t next);
  Expected<void> write(const std::string& ass, std::int64_t begin, std::int64_t end, const PacketSink& sink);

  const AVStream& source_;
  bool one_at_a_time_;
  std::int64_t file_end_;        // ms; INT64_MAX when unknown
  CodecContextPtr decoder_, encoder_;
  PacketPtr packet_;
  std::vector<std::uint8_t> text_;
  std::vector<Cue> shown_;       // not over yet at shown_to_
  std::int64_t shown_to_ = 0;
};

Expected<std::unique_ptr<StreamTrack>> SubtitleTrack::create(const AVStream& source, AVCodecID target,
                                                             std::int64_t end) {
  const std::int64_t file_end = end == INT64_MAX ? end : av_rescale_q(end, {1, AV_TIME_BASE}, kMilliseconds);
  std::unique_ptr<SubtitleTrack> track(new SubtitleTrack(source, target == AV_CODEC_ID_MOV_TEXT, file_end));
  HEVCPOOL_ASSIGN(track->decoder_, open_stream_decoder(source, 1));
  HEVCPOOL_CHECK(track->open_encoder(target));
  track->packet_.reset(av_packet_alloc());
  if (!track->packet_) return fail_av("subtitle", "packet", AVERROR(ENOMEM));
  return track;
}

Expected<void> SubtitleTrack::open_encoder(AVCodecID target) {
  const AVCodec* codec = avcodec_find_encoder(target);
  if (!codec) return fail("subtitle", "no_encoder", fmt::format("there is no encoder for {}", avcodec_get_name(target)));
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_) return fail_av("subtitle", "encoder", AVERROR(ENOMEM));
  encoder_->time_base = kMilliseconds;
  if (decoder_->subtitle_header_size > 0) {  // the styles that the cues refer to
    const auto size = static_cast<std::size_t>(decoder_->subtitle_header_size);
    encoder_->subtitle_header = static_cast<std::uint8_t*>(av_mallocz(size + 1));
    if (!encoder_->subtitle_header) return fail_av("subtitle", "styles", AVERROR(ENOMEM));
    std::copy_n(decoder_->subtitle_header, size, encoder_->subtitle_header);
    encoder_->subtitle_header_size = decoder_->subtitle_header_size;
  }
  if (const int result = avcodec_open2(encoder_.get(), codec, nullptr); result < 0)
    return fail_av("subtitle", fmt::format("opening the encoder {}", codec->name), result);
  return {};
}

Expected<void> SubtitleTrack::describe(AVStream& output) const {
  output.time_base = kMilliseconds;
  const int result = avcodec_parameters_from_context(output.codecpar, encoder_.get());
  return result < 0 ? Expected<void>(fail_av("mux", "codec parameters", result)) : Expected<void>{};
}

Expected<void> SubtitleTrack::send(AVPacket& packet, const PacketSink& sink) {
  Subtitle decoded;
  int got = 0;
  AVSubtitle& subtitle = decoded.value;
  // A cue that cannot be read is passed over, like an empty one.
  if (avcodec_decode_subtitle2(decoder_.get(), &subtitle, &got, &packet) < 0 || !got) return {};
  const std::int64_t pts = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (pts == AV_NOPTS_VALUE) return {};
  const std::int64_t begin = av_rescale_q(pts, source_.time_base, kMilliseconds) + subtitle.start_display_time;
  const bool timed = subtitle.end_display_time > subtitle.start_display_time &&
                     subtitle.end_display_time != UINT32_MAX;
  const std::int64_t length = timed ? subtitle.end_display_time - subtitle.start_display_time
                                    : av_rescale_q(packet.duration, source_.time_base, kMilliseconds);
  const bool open = length <= 0 && one_at_a_time_;
  close_open_cues(begin);
  HEVCPOOL_CHECK(show_until(begin, sink));
  for (unsigned n = 0; n < subtitle.num_rects; ++n)
    if (const char* ass = subtitle.rects[n]->ass)
      shown_.push_back({begin, open ? guess_end(begin) : begin + length, ass, open});
  return {};
}

// Of a cue that does not say. Not beyond the end of the film, which would get longer by it.
std::int64_t SubtitleTrack::guess_end(std::int64_t begin) const {
  return std::max(begin + 1, std::min(begin + kLongestUnknown, file_end_));
}

void SubtitleTrack::close_open_cues(std::int64_t next) {
  for (Cue& cue : shown_)
    if (cue.open && next > cue.begin) cue.end = std::min(cue.end, next);
}

// Writes what is shown from shown_to_ to `time`, when the next cue begins.
Expected<void> SubtitleTrack::show_until(std::int64_t time, const PacketSink& sink) {
  while (!shown_.empty()) {
    if (!one_at_a_time_) {
      const Cue cue = std::move(shown_.front());
      shown_.erase(shown_.begin());
      HEVCPOOL_CHECK(write(cue.ass, cue.begin, cue.end, sink));
      continue;
    }
    const std::int64_t begin = std::max(shown_to_, std::ranges::max(shown_, {}, &Cue::begin).begin);
    const std::int64_t end = std::min(time, std::ranges::min(shown_, {}, &Cue::end).end);
    if (end > begin) HEVCPOOL_CHECK(write(joined(shown_), begin, end, sink));
    shown_to_ = std::max(begin, end);
    std::erase_if(shown_, [&](const Cue& cue) { return cue.end <= shown_to_; });
    if (end == time) break;
  }
  return {};
}

Expected<void> SubtitleTrack::write(const std::string& ass, std::int64_t begin, std::int64_t end,
                                    const PacketSink& sink) {
  Subtitle made;
  AVSubtitle& subtitle = made.value;
  subtitle.rects = static_cast<AVSubtitleRect**>(av_calloc(1, sizeof(AVSubtitleRect*)));
  auto* rect = static_cast<AVSubtitleRect*>(av_mallocz(sizeof(AVSubtitleRect)));
  if (subtitle.rects == nullptr || rect == nullptr) {
    av_free(rect);
    return fail_av("subtitle", "cue", AVERROR(ENOMEM));
  }
  subtitle.rects[subtitle.num_rects++] = rect;
  rect->type = SUBTITLE_ASS;
  rect->ass = av_strdup(ass.c_str());
  subtitle.pts = av_rescale_q(begin, kMilliseconds, {1, AV_TIME_BASE});
  subtitle.end_display_time = static_cast<std::uint32_t>(std::clamp<std::int64_t>(end - begin, 0, UINT32_MAX - 1));
  const int size = avcodec_encode_subtitle(encoder_.get(), text_.data(), static_cast<int>(text_.size()), &subtitle);
  if (size <= 0) return {};
  if (av_new_packet(packet_.get(), size) < 0) return fail_av("subtitle", "packet", AVERROR(ENOMEM));
  std::copy_n(text_.data(), size, packet_->data);
  packet_->pts = packet_->dts = begin;
  packet_->duration = end - begin;
  packet_->flags |= AV_PKT_FLAG_KEY;
  auto sent = sink(*packet_);
  av_packet_unref(packet_.get());
  return sent;
}

}  // namespace

Expected<std::unique_ptr<StreamTrack>> make_subtitle_track(const AVStream& source, AVCodecID target,
                                                           std::int64_t end) {
  return SubtitleTrack::create(source, target, end);
}

}  // namespace hevcpool::media
