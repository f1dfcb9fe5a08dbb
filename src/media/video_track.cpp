// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video_track.h"

#include "media/compat.h"
#include "media/decoder.h"
#include "media/frame_clock.h"
#include "media/picture_converter.h"
#include "media/x265_encoder.h"

#include <cmath>
#include <deque>

namespace hevcpool::media {
namespace {

// A finished packet that waits until the time of the next frame, and so its own duration, is known.
struct Waiting {
  PacketPtr packet;
  std::int64_t frame;
};

AVRational valid_or_unknown(AVRational rate) {
  return rate.num > 0 && rate.den > 0 ? rate : AVRational{0, 1};
}

class Track final : public VideoTrack {
 public:
  Track(AVFormatContext& format, AVStream& stream, const EncodeOptions& options, const Pass& pass, Notes& notes,
        const FrameWindow& window, std::unique_ptr<Decoder> decoder)
      : format_(format), stream_(stream), options_(options), pass_(pass), notes_(notes), window_(window),
        decoder_(std::move(decoder)), parameters_(avcodec_parameters_alloc()), time_base_(stream.time_base),
        rate_(valid_or_unknown(av_guess_frame_rate(&format, &stream, nullptr))), source_clock_(time_base_, rate_) {}

  Expected<void> send(const AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override;
  bool ready() const override { return encoder_ != nullptr; }
  const AVCodecParameters& parameters() const override { return *parameters_; }
  Expected<void> describe(AVStream& output) const override;
  const AVStream* source_stream() const override { return &stream_; }
  AVRational time_base() const override { return time_base_; }
  AVRational frame_rate() const override { return constant_rate_ ? rate_ : AVRational{0, 1}; }
  const VideoTrackStats& stats() const override { return stats_; }

 private:
  Expected<void> on_decoded(AVFrame& frame, const PacketSink& sink);
  Expected<void> on_picture(AVFrame& frame, const PacketSink& sink);
  bool wanted(std::int64_t pts);
  Expected<void> open_encoder(const AVFrame& first);
  StreamFormat stream_format(const AVFrame& first, const PictureFormat& picture) const;
  void set_parameters(const StreamFormat& format);
  Expected<void> keep(const AccessUnit& unit);
  Expected<void> pass_on(const PacketSink& sink);
  void note_size_change(const AVFrame& frame);
  void update_stats();

  AVFormatContext& format_;
  AVStream& stream_;
  EncodeOptions options_;
  Pass pass_;
  Notes& notes_;
  FrameWindow window_;
  std::unique_ptr<Decoder> decoder_;
  CodecParametersPtr parameters_;
  AVRational time_base_;
  AVRational rate_;
  bool constant_rate_ = true;
  FrameClock source_clock_;
  std::int64_t origin_ = AV_NOPTS_VALUE;
  std::unique_ptr<PictureConverter> converter_;
  std::unique_ptr<X265Encoder> encoder_;
  std::unique_ptr<PacketClock> packet_clock_;
  std::deque<Waiting> waiting_;
  int first_width_ = 0, first_height_ = 0, first_format_ = AV_PIX_FMT_NONE;
  VideoTrackStats stats_;
};

Expected<void> Track::send(const AVPacket& packet, const PacketSink& sink) {
  auto done = decoder_->send(packet, [&](AVFrame& frame) { return on_decoded(frame, sink); });
  update_stats();
  return done;
}

Expected<void> Track::finish(const PacketSink& sink) {
  HEVCPOOL_CHECK(decoder_->finish([&](AVFrame& frame) { return on_decoded(frame, sink); }));
  update_stats();
  if (!encoder_) return {};
  packet_clock_->finish();
  HEVCPOOL_CHECK(encoder_->drain([&](const AccessUnit& unit) { return keep(unit); }));
  return pass_on(sink);
}

void Track::update_stats() {
  stats_.packets_in = decoder_->counts().packets;
  stats_.frames_decoded = decoder_->counts().frames;
  stats_.decode_errors = decoder_->counts().errors;
  stats_.frames_before_clean = decoder_->counts().before_clean;
}

bool Track::wanted(std::int64_t pts) {
  if (pts < window_.begin || pts >= window_.end) return false;
  if (origin_ == AV_NOPTS_VALUE) origin_ = stream_.start_time != AV_NOPTS_VALUE ? stream_.start_time : pts;
  const double seconds = static_cast<double>(pts - origin_) * av_q2d(time_base_);
  constexpr double kRounding = 0.0005;  // the caller's seconds are decimal, the clock's ticks are not
  if (seconds < options_.start - kRounding) return false;
  return options_.duration <= 0 || seconds < options_.start + options_.duration - kRounding;
}

Expected<void> Track::on_decoded(AVFrame& frame, const PacketSink& sink) {
  frame.pts = source_clock_.next(frame.pts, frame_duration(frame));
  set_frame_duration(frame, source_clock_.last_duration());
  if (window_.on_decoded) window_.on_decoded(frame);
  if (!wanted(frame.pts)) return {};
  return on_picture(frame, sink);
}

void Track::note_size_change(const AVFrame& frame) {
  if (frame.width == first_width_ && frame.height == first_height_) return;
  notes_.warn("resized", fmt::format("the picture changes its size from {}x{}: scaled to that", first_width_,
                                     first_height_));
}

Expected<void> Track::on_picture(AVFrame& frame, const PacketSink& sink) {
  if (!encoder_) HEVCPOOL_CHECK(open_encoder(frame));
  note_size_change(frame);
  HEVCPOOL_ASSIGN(const AVFrame* picture, converter_->convert(frame));
  packet_clock_->push(frame.pts, frame_duration(frame));
  if (stats_.frames_encoded++ == 0) stats_.first_pts = frame.pts;
  stats_.last_pts = frame.pts;
  PictureExtras extras;
  HEVCPOOL_CHECK(encoder_->encode(*picture, extras, [&](const AccessUnit& unit) { return keep(unit); }));
  return pass_on(sink);
}

StreamFormat Track::stream_format(const AVFrame& first, const PictureFormat& picture) const {
  StreamFormat format;
  format.picture = picture;
  format.frame_rate = rate_;
  format.constant_rate = constant_rate_;
  format.sample_aspect = av_guess_sample_aspect_ratio(&format_, &stream_, const_cast<AVFrame*>(&first));
  format.range = picture.full_range ? AVCOL_RANGE_JPEG : picture.from_rgb ? AVCOL_RANGE_MPEG : first.color_range;
  format.primaries = first.color_primaries;
  format.transfer = first.color_trc;
  format.matrix = picture.matrix;
  format.chroma_location = first.chroma_location;
  return format;
}

Expected<void> Track::open_encoder(const AVFrame& first) {
  HEVCPOOL_ASSIGN(const PictureFormat picture, choose_format(first, options_, notes_));
  const StreamFormat format = stream_format(first, picture);
  HEVCPOOL_ASSIGN(encoder_, X265Encoder::open(format, options_, pass_));
  converter_ = std::make_unique<PictureConverter>(picture);
  packet_clock_ = std::make_unique<PacketClock>(encoder_->reorder_delay());
  first_width_ = first.width;
  first_height_ = first.height;
  first_format_ = first.format;
  set_parameters(format);
  return {};
}

void Track::set_parameters(const StreamFormat& format) {
  AVCodecParameters& out = *parameters_;
  out.codec_type = AVMEDIA_TYPE_VIDEO;
  out.codec_id = AV_CODEC_ID_HEVC;
  out.format = format.picture.pixels;
  out.width = format.picture.width;
  out.height = format.picture.height;
  out.bits_per_raw_sample = format.picture.depth;
  out.sample_aspect_ratio = format.sample_aspect;
  out.color_range = format.range;
  out.color_primaries = format.primaries;
  out.color_trc = format.transfer;
  out.color_space = format.matrix;
  out.chroma_location = format.chroma_location;
  out.video_delay = encoder_->reorder_delay();
  const auto& headers = encoder_->headers();
  out.extradata = static_cast<std::uint8_t*>(av_mallocz(headers.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (out.extradata == nullptr) return;
  std::copy(headers.begin(), headers.end(), out.extradata);
  out.extradata_size = static_cast<int>(headers.size());
}

Expected<void> Track::describe(AVStream& output) const {
  if (int result = avcodec_parameters_copy(output.codecpar, parameters_.get()); result < 0)
    return fail_av("mux", "codec parameters", result);
  output.time_base = time_base_;
  output.avg_frame_rate = frame_rate();
  output.r_frame_rate = frame_rate();
  output.sample_aspect_ratio = parameters_->sample_aspect_ratio;
  return {};
}

Expected<void> Track::keep(const AccessUnit& unit) {
  std::size_t size = 0;
  for (const auto& nal : unit.nals) size += nal.sizeBytes;
  PacketPtr packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(size)) < 0)
    return fail_av("encode", "no memory for a packet", AVERROR(ENOMEM));
  std::uint8_t* out = packet->data;
  for (const auto& nal : unit.nals) out = std::copy_n(nal.payload, nal.sizeBytes, out);
  if (unit.key) packet->flags |= AV_PKT_FLAG_KEY;
  if (unit.disposable) packet->flags |= AV_PKT_FLAG_DISPOSABLE;
  waiting_.push_back({std::move(packet), unit.frame});
  return {};
}

Expected<void> Track::pass_on(const PacketSink& sink) {
  while (!waiting_.empty() && packet_clock_->known(waiting_.front().frame)) {
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    const PacketTimes times = packet_clock_->take(next.frame);
    next.packet->pts = times.pts;
    next.packet->dts = times.dts;
    next.packet->duration = times.duration;
    ++stats_.packets_out;
    stats_.bytes_out += static_cast<std::uint64_t>(next.packet->size);
    HEVCPOOL_CHECK(sink(*next.packet));
  }
  return {};
}

}  // namespace

Expected<std::unique_ptr<VideoTrack>> VideoTrack::create(AVFormatContext& format, AVStream& stream,
                                                         const EncodeOptions& options, const Pass& pass,
                                                         Notes& notes, const FrameWindow& window) {
  HEVCPOOL_ASSIGN(auto decoder, Decoder::open(stream, options.threads));
  return std::make_unique<Track>(format, stream, options, pass, notes, window, std::move(decoder));
}

Expected<void> validate_video_options(const EncodeOptions& options) { return check_x265_options(options); }

}  // namespace hevcpool::media
