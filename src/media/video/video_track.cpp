// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/video_track.h"

#include "media/input/trim_range.h"
#include "media/libav/compat.h"
#include "media/video/decoder.h"
#include "media/input/effective_picture.h"
#include "media/video/filter_chain.h"
#include "media/video/filter_rules.h"
#include "media/video/frame_encoder.h"
#include "media/hevc/further_views.h"
#include "media/hevc/hdr.h"
#include "media/video/picture_changes.h"
#include "media/video/stream_format.h"
#include "media/input/stream_rate.h"
#include "media/video/undecoded.h"
#include "profile/recorder.h"

extern "C" {
#include <libavutil/mathematics.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace hevcpool::media {
namespace {

Expected<FramePtr> reference_to(const AVFrame& frame) {
  FramePtr copy(av_frame_clone(&frame));
  if (!copy) return fail_av("encode", "no memory for a frame", AVERROR(ENOMEM));
  return copy;
}

class Track final : public VideoTrack, public VideoStages {
 public:
  Track(AVFormatContext& format, AVStream& stream, const EncodeOptions& options, const Pass& pass,
        Diagnostics& notes, const FrameWindow& window, std::unique_ptr<Decoder> decoder, const StreamRate& rate,
        std::optional<std::int64_t> time_zero)
      : format_(format),
        stream_(stream),
        options_(options),
        pass_(pass),
        notes_(notes),
        effective_(format, stream),
        window_(window),
        decoder_(std::move(decoder)),
        parameters_(avcodec_parameters_alloc()),
        clock_base_(clock_of(stream, rate)),
        time_base_(clock_base_),
        rate_(rate),
        clock_(clock_base_, rate.nominal),
        range_(clock_base_, time_zero, options),
        regular_(window.is_whole() ? regular_clock_of(stream, rate, clock_base_) : RegularClock()),
        undecoded_(stream, format.start_time == AV_NOPTS_VALUE ? 0 : format.start_time, notes),
        late_start_(stream, format.start_time == AV_NOPTS_VALUE ? 0 : format.start_time, notes),
        changes_(effective_.shape_is_stated(), options.strict, notes) {}

  // Once, before the first packet.
  Expected<void> prepare();
  Expected<void> send(const AVPacket& packet, const PacketSink& sink) override;
  Expected<void> finish(const PacketSink& sink) override;
  VideoStages* stages() override { return this; }
  Expected<void> decode(const AVPacket& packet, std::vector<Picture>& pictures) override;
  Expected<void> filter(std::vector<Picture>& pictures) override;
  Expected<void> encode(const std::vector<Picture>& pictures, const PacketSink& sink) override;
  void end_at(std::int64_t end) override { window_.end = end; }
  void last_until(std::int64_t end) override { last_until_ = end; }
  bool ready() const override { return encoder_ != nullptr; }
  const AVCodecParameters& parameters() const override { return *parameters_; }
  Expected<void> describe(AVStream& output) const override;
  const AVStream* source_stream() const override { return &stream_; }
  AVRational time_base() const override { return time_base_; }
  AVRational frame_rate() const override { return rate_.constant ? rate_.nominal : AVRational{0, 1}; }
  const VideoTrackStats& stats() const override { return stats_; }

 private:
  using Take = std::function<Expected<void>(AVFrame&)>;
  Expected<void> admit(AVFrame& frame, const Take& take);
  Expected<void> begin_range(std::int64_t pts, const Take& take);
  Expected<void> finish_range(const Take& take);
  Expected<void> pass_on(AVFrame& frame, AVRational own_aspect, const Take& take);
  std::int64_t duration_of_last() const;
  Expected<void> see_changes(const AVFrame& frame, AVRational own_aspect);
  Expected<FramePtr> filtered_model();
  Expected<void> on_decoded(AVFrame& frame, const PacketSink& sink);
  Expected<void> push(AVFrame& frame, const PacketSink& sink);
  Expected<void> on_filtered(const AVFrame& frame, const FilterOutput& from, const PacketSink& sink);
  Expected<void> encode(const AVFrame& frame, const AVFrame& picture, AVRational time_base, const PacketSink& sink);
  Expected<void> open_encoder(const AVFrame& first, const FilterOutput& from);
  void set_time(AVFrame& frame);
  Expected<void> look_for_further_views(const AVPacket& packet);
  bool wanted(std::int64_t pts);
  PacketSink counting(const PacketSink& sink);
  void update_stats();
  // MKV has no place for a display matrix.
  bool turns_by_message() const { return options_.container == Container::mkv; }

  AVFormatContext& format_;
  AVStream& stream_;
  EncodeOptions options_;
  Pass pass_;
  Diagnostics& notes_;
  EffectivePicture effective_;
  FrameWindow window_;
  std::unique_ptr<Decoder> decoder_;
  CodecParametersPtr parameters_;
  AVRational clock_base_;  // of decoded frames
  AVRational time_base_;   // of the output; the same unless filters change times
  StreamRate rate_;
  FrameClock clock_;
  std::optional<FilterChain> filters_;
  TrimRange range_;
  FrameOnScreen on_screen_;                 // before the range
  AVRational aspect_on_screen_{0, 1};       // that the frame itself has
  bool range_is_over_ = false;              // a frame after it was there
  RegularClock regular_;
  std::int64_t last_until_ = INT64_MIN, last_duration_ = 1;
  UndecodedStretches undecoded_;
  LateStart late_start_;
  bool further_view_ = false;
  PictureChanges changes_;                  // as decoded
  FramePtr model_;                          // the stream's first picture, where the track's part begins later
  StreamMetadata metadata_;
  std::unique_ptr<FrameEncoder> encoder_;
  VideoTrackStats stats_;
};

Expected<void> Track::prepare() {
  HEVCPOOL_CHECK(check_filter_graph(options_.vf));
  HEVCPOOL_ASSIGN(filters_, FilterChain::create(options_, clock_base_, rate_.nominal));
  return {};
}

// What is in the first packets is in all.
Expected<void> Track::look_for_further_views(const AVPacket& packet) {
  constexpr std::int64_t kPackets = 8;
  if (decoder_->counts().packets >= kPackets || further_view_) return {};
  further_view_ = has_further_view(*stream_.codecpar, {packet.data, static_cast<std::size_t>(packet.size)});
  if (!further_view_ || announces_further_view(*stream_.codecpar)) return {};
  return changes_.lose("further_view", kFurtherViewLost);
}

Expected<void> Track::send(const AVPacket& packet, const PacketSink& sink) {
  const PacketSink out = counting(sink);
  HEVCPOOL_CHECK(look_for_further_views(packet));
  if (!changes_.begun()) late_start_.expect(packet);
  auto done = decoder_->send(packet, [&](AVFrame& frame) { return on_decoded(frame, out); });
  undecoded_.note(packet, decoder_->counts());
  update_stats();
  return done;
}

Expected<void> Track::finish(const PacketSink& sink) {
  const PacketSink out = counting(sink);
  auto decoded = decoder_->finish([&](AVFrame& frame) { return on_decoded(frame, out); });
  undecoded_.finish(decoder_->counts());
  update_stats();
  HEVCPOOL_CHECK(decoded);
  HEVCPOOL_CHECK(finish_range([&](AVFrame& frame) { return push(frame, out); }));
  HEVCPOOL_CHECK(filters_->finish(
      [&](const AVFrame& frame, const FilterOutput& from) { return on_filtered(frame, from, out); }));
  if (const std::int64_t frames = filters_->deinterlaced(); frames > 0)
    notes_.warn("deinterlaced",
                fmt::format("{} interlaced frames are deinterlaced, at the rate of the source", frames));
  return encoder_ ? encoder_->finish(duration_of_last(), out) : Expected<void>{};
}

// In ticks of the output.
std::int64_t Track::duration_of_last() const {
  if (filters_->changes_times()) return last_duration_;
  std::int64_t end = stats_.last_pts + last_duration(stats_.last_pts, last_duration_, last_until_, time_base_);
  if (range_.end() != INT64_MAX) end = range_is_over_ ? range_.end() : std::min(end, range_.end());
  return std::max<std::int64_t>(1, end - stats_.last_pts);
}

PacketSink Track::counting(const PacketSink& sink) {
  return [this, &sink](AVPacket& packet) {
    ++stats_.packets_out;
    stats_.bytes_out += static_cast<std::uint64_t>(packet.size);
    return sink(packet);
  };
}

void Track::update_stats() {
  stats_.packets_in = decoder_->counts().packets;
  stats_.frames_decoded = decoder_->counts().frames;
  stats_.decode_errors = decoder_->counts().errors;
  stats_.errors_before_clean = decoder_->counts().before_clean;
  stats_.frames_before_clean = std::max(late_start_.missing(), decoder_->counts().before_clean);
}

bool Track::wanted(std::int64_t pts) {
  const std::int64_t fine = av_rescale_q(pts, stream_.time_base, clock_base_);
  return pts >= window_.begin && pts < window_.end && range_.place(fine) == TrimRange::Place::inside;
}

// Passes on the frames that are to be encoded: of those outside the range, what is still on when it begins.
Expected<void> Track::admit(AVFrame& frame, const Take& take) {
  set_time(frame);
  const AVRational own_aspect = frame.sample_aspect_ratio;
  const bool field = effective_.is_field(frame);
  effective_.complete(frame);
  const std::int64_t pts = frame.pts;
  frame.pts = av_rescale_q(pts, clock_base_, stream_.time_base);
  if (window_.on_decoded) window_.on_decoded(frame);
  if (frame.pts < window_.begin || frame.pts >= window_.end) return {};
  const std::int64_t stream_pts = std::exchange(frame.pts, pts);
  range_.count_from(pts);
  const TrimRange::Place place = range_.place(pts);
  if (place == TrimRange::Place::before) {
    aspect_on_screen_ = own_aspect;
    return on_screen_.keep(frame);
  }
  HEVCPOOL_CHECK(begin_range(pts, take));
  range_is_over_ |= place == TrimRange::Place::after;
  if (place == TrimRange::Place::after) return {};
  late_start_.end_at(stream_pts, [this](std::int64_t time) { return wanted(time); });
  if (field) HEVCPOOL_CHECK(changes_.lose("fields", "each picture of the stream is one field: they are not joined to frames"));
  return pass_on(frame, own_aspect, take);
}

Expected<void> Track::begin_range(std::int64_t pts, const Take& take) {
  if (range_.begin() == INT64_MIN) return {};
  const FramePtr frame = on_screen_.take(range_, pts);
  return frame ? pass_on(*frame, aspect_on_screen_, take) : Expected<void>{};
}

// No frame follows: the one before the range is on for as long as it lasts.
Expected<void> Track::finish_range(const Take& take) {
  return begin_range(std::max(clock_.end(), last_until_), take);
}

Expected<void> Track::pass_on(AVFrame& frame, AVRational own_aspect, const Take& take) {
  HEVCPOOL_CHECK(see_changes(frame, own_aspect));
  return take(frame);
}

Expected<void> Track::see_changes(const AVFrame& frame, AVRational own_aspect) {
  if (!changes_.begun() && window_.first_picture) {
    HEVCPOOL_ASSIGN(model_, window_.first_picture());
    const AVRational aspect = model_->sample_aspect_ratio;
    EffectivePicture(format_, stream_).complete(*model_);
    HEVCPOOL_CHECK(changes_.see(*model_, aspect));
  }
  return changes_.see(frame, own_aspect);
}

Expected<void> Track::on_decoded(AVFrame& frame, const PacketSink& sink) {
  return admit(frame, [&](AVFrame& admitted) { return push(admitted, sink); });
}

Expected<void> Track::push(AVFrame& frame, const PacketSink& sink) {
  return filters_->push(frame, [&](const AVFrame& filtered, const FilterOutput& from) {
    return on_filtered(filtered, from, sink);
  });
}

// On the frames' own clock.
void Track::set_time(AVFrame& frame) {
  constexpr auto kKeepUnknown = static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);
  const std::int64_t best = av_rescale_q_rnd(frame.pts, stream_.time_base, clock_base_, kKeepUnknown);
  frame.pts = clock_.next(best, av_rescale_q(frame_duration(frame), stream_.time_base, clock_base_));
  set_frame_duration(frame, clock_.last_duration());
}

Expected<void> Track::on_filtered(const AVFrame& frame, const FilterOutput& from, const PacketSink& sink) {
  if (!encoder_) HEVCPOOL_CHECK(open_encoder(frame, from));
  HEVCPOOL_ASSIGN(const AVFrame* picture, encoder_->convert(frame));
  return encode(frame, *picture, from.time_base, sink);
}

Expected<void> Track::encode(const AVFrame& frame, const AVFrame& picture, AVRational time_base,
                             const PacketSink& sink) {
  std::int64_t pts = frame.pts;
  if (pts == AV_NOPTS_VALUE) return fail("filter", "no_time", "the filter graph gives frames without a time");
  pts = av_rescale_q(pts, time_base, time_base_);
  std::int64_t duration = av_rescale_q(frame_duration(frame), clock_base_, time_base_);
  if (!filters_->changes_times()) {
    pts = regular_.next(pts);
    duration = regular_.duration(duration);
  } else if (rate_.nominal.num > 0) {
    duration = av_rescale_q(1, av_inv_q(rate_.nominal), time_base_);
  }
  if (metadata_.follow(frame)) encoder_->change_key_frame_messages(metadata_.key_frame_messages(turns_by_message()));
  if (stats_.last_pts != AV_NOPTS_VALUE) pts = std::max(pts, stats_.last_pts + 1);
  if (stats_.frames_encoded++ == 0) stats_.first_pts = pts;
  stats_.last_pts = pts;
  last_duration_ = duration;
  return encoder_->encode(frame, picture, pts, duration, sink);
}

Expected<void> Track::decode(const AVPacket& packet, std::vector<Picture>& pictures) {
  HEVCPOOL_CHECK(look_for_further_views(packet));
  if (!changes_.begun()) late_start_.expect(packet);
  auto done = decoder_->send(packet, [&](AVFrame& frame) -> Expected<void> {
    return admit(frame, [&](AVFrame& admitted) -> Expected<void> {
      HEVCPOOL_ASSIGN(FramePtr kept, reference_to(admitted));
      pictures.push_back({std::move(kept), nullptr});
      return {};
    });
  });
  undecoded_.note(packet, decoder_->counts());
  update_stats();
  return done;
}

Expected<void> Track::filter(std::vector<Picture>& pictures) {
  std::vector<Picture> filtered;
  const auto keep = [&](const AVFrame& frame, const FilterOutput& from) -> Expected<void> {
    HEVCPOOL_ASSIGN(const AVFrame* picture, encoder_->convert(frame));
    Picture& out = filtered.emplace_back();
    out.time_base = from.time_base;
    HEVCPOOL_ASSIGN(out.frame, reference_to(frame));
    if (picture == &frame) return {};
    HEVCPOOL_ASSIGN(out.converted, reference_to(*picture));
    return {};
  };
  for (Picture& picture : pictures) HEVCPOOL_CHECK(filters_->push(*picture.frame, keep));
  pictures = std::move(filtered);
  return {};
}

Expected<void> Track::encode(const std::vector<Picture>& pictures, const PacketSink& sink) {
  const PacketSink out = counting(sink);
  for (const Picture& picture : pictures)
    HEVCPOOL_CHECK(encode(*picture.frame, picture.converted ? *picture.converted : *picture.frame,
                          picture.time_base, out));
  return {};
}

// The model as it looks behind the filters.
Expected<FramePtr> Track::filtered_model() {
  FramePtr out;
  const auto keep = [&out](const AVFrame& frame, const FilterOutput&) -> Expected<void> {
    if (out) return {};
    HEVCPOOL_ASSIGN(out, reference_to(frame));
    return {};
  };
  HEVCPOOL_ASSIGN(FilterChain chain, FilterChain::create(options_, clock_base_, rate_.nominal));
  model_->pts = 0;
  HEVCPOOL_CHECK(chain.push(*model_, keep));
  HEVCPOOL_CHECK(chain.finish(keep));
  if (!out) return fail("filter", "no_frame", "the filter graph gave no frame");
  return out;
}

Expected<void> Track::open_encoder(const AVFrame& frame, const FilterOutput& from) {
  const profile::Scope timed(profile::Stage::open);
  FramePtr model;
  if (model_) {
    HEVCPOOL_ASSIGN(model, filtered_model());
  }
  const AVFrame& first = model ? *model : frame;
  if (filters_->changes_times()) {
    time_base_ = from.time_base;
    if (!options_.fps.empty())
      rate_ = {from.frame_rate, true};
    else if (from.frame_rate.num > 0)
      rate_.nominal = from.frame_rate;
  }
  HEVCPOOL_ASSIGN(const PictureFormat picture, choose_format(first, options_, notes_));
  metadata_ = StreamMetadata::of(stream_, first, rate_.nominal, notes_);
  if (metadata_.loses_layout(options_.container))
    HEVCPOOL_CHECK(changes_.lose("labels", "the pictures state a 3D layout that neither HEVC nor the container has a word for"));
  const StreamFormat format = stream_format(first, picture, rate_, field_order_of(first, stream_, options_.deinterlace));
  HEVCPOOL_ASSIGN(encoder_, FrameEncoder::open(format, options_, pass_, metadata_.key_frame_messages(turns_by_message())));
  encoder_->warn(notes_);
  if (!metadata_.keeps_dolby_vision()) encoder_->drop_dolby_vision();
  return describe_stream(format, encoder_->headers(), encoder_->reorder_delay(), *parameters_);
}

Expected<void> Track::describe(AVStream& output) const {
  if (int result = avcodec_parameters_copy(output.codecpar, parameters_.get()); result < 0)
    return fail_av("mux", "codec parameters", result);
  output.time_base = time_base_;
  output.avg_frame_rate = frame_rate();
  output.r_frame_rate = frame_rate();
  output.sample_aspect_ratio = parameters_->sample_aspect_ratio;
  return metadata_.attach(output);
}

}  // namespace

Expected<std::unique_ptr<VideoTrack>> VideoTrack::create(AVFormatContext& format, AVStream& stream,
                                                         const EncodeOptions& options, const Pass& pass,
                                                         Diagnostics& notes, const FrameWindow& window) {
  HEVCPOOL_ASSIGN(auto decoder, Decoder::open(stream, options.threads));
  auto track = std::make_unique<Track>(format, stream, options, pass, notes, window, std::move(decoder),
                                       rate_of(format, stream), time_zero_of(format, stream));
  HEVCPOOL_CHECK(track->prepare());
  return track;
}

}  // namespace hevcpool::media
