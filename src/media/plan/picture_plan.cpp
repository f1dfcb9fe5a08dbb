// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/plan/picture_plan.h"

#include "media/libav/compat.h"
#include "media/video/crop_detect.h"
#include "media/video/decoder.h"
#include "media/input/effective_picture.h"
#include "media/video/filter_chain.h"
#include "media/video/filter_rules.h"
#include "media/hevc/hdr.h"
#include "media/video/picture_format.h"
#include "media/input/stream_rate.h"
#include "media/plan/rotate_to_display.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>

namespace hevcpool::media {
namespace {

constexpr int kMostFrames = 8;  // filters may want some before they give one
constexpr std::int64_t kMostOfPackets = 32 << 20;  // of packets, before a stream is given up

// The first frame of a stream through decoder and filters.
class FirstPicture {
 public:
  FirstPicture(Source& source, AVStream& stream, const EncodeOptions& options, Diagnostics& notes)
      : source_(source), stream_(stream), options_(options), notes_(notes),
        effective_(source.format(), stream), rate_(rate_of(source.format(), stream)), clock_base_(clock_of(stream, rate_)) {}

  Expected<void> find();
  const std::optional<PictureFormat>& format() const { return format_; }
  AVRational rate() const { return filtered_rate_.num > 0 ? filtered_rate_ : rate_.nominal; }

 private:
  bool is_told_by_container() const;
  Expected<void> judge_what_is_told();
  Expected<void> look();
  Expected<void> read(Decoder& decoder);
  Expected<void> on_decoded(AVFrame& frame);
  Expected<void> on_filtered(const AVFrame& frame, const FilterOutput& from);

  Source& source_;
  AVStream& stream_;
  const EncodeOptions& options_;
  Diagnostics& notes_;
  EffectivePicture effective_;
  StreamRate rate_;
  AVRational clock_base_;
  AVRational filtered_rate_{0, 1};
  std::optional<FilterChain> filters_;
  std::optional<PictureFormat> format_;
  int frames_ = 0;
};

// Then nothing needs to be decoded: that is most of the time of an inspection.
bool FirstPicture::is_told_by_container() const {
  const AVCodecParameters& codec = *stream_.codecpar;
  const bool progressive = codec.field_order == AV_FIELD_PROGRESSIVE;
  const bool fields_known = options_.deinterlace == Deinterlace::off ||
                            (options_.deinterlace == Deinterlace::automatic && progressive);
  const bool dolby_vision = std::ranges::any_of(
      stream_side_data(stream_), [](const AVPacketSideData& data) { return data.type == AV_PKT_DATA_DOVI_CONF; });
  return fields_known && !dolby_vision && !filters_->changes_pictures() && codec.format != AV_PIX_FMT_NONE &&
         codec.width > 0 && codec.height > 0;
}

Expected<void> FirstPicture::judge_what_is_told() {
  const FramePtr frame(av_frame_alloc());
  if (!frame) return fail_av("decode", "no memory", AVERROR(ENOMEM));
  const AVCodecParameters& codec = *stream_.codecpar;
  frame->format = codec.format;
  frame->width = codec.width;
  frame->height = codec.height;
  frame->color_range = codec.color_range;
  frame->color_primaries = codec.color_primaries;
  frame->color_trc = codec.color_trc;
  frame->colorspace = codec.color_space;
  HEVCPOOL_ASSIGN(format_, choose_format(*frame, options_, notes_));
  return {};
}

Expected<void> FirstPicture::find() {
  HEVCPOOL_CHECK(check_filter_graph(options_.vf));
  HEVCPOOL_ASSIGN(filters_, FilterChain::create(options_, clock_base_, rate_.nominal));
  return is_told_by_container() ? judge_what_is_told() : look();
}

Expected<void> FirstPicture::look() {
  HEVCPOOL_ASSIGN(const auto decoder, Decoder::open(stream_, 1));
  HEVCPOOL_CHECK(read(*decoder));
  if (!format_ && frames_ < kMostFrames)
    HEVCPOOL_CHECK(decoder->finish([this](AVFrame& frame) { return on_decoded(frame); }));
  const auto sink = [this](const AVFrame& frame, const FilterOutput& from) { return on_filtered(frame, from); };
  if (!format_) HEVCPOOL_CHECK(filters_->finish(sink));
  if (filters_->deinterlaced() > 0)
    notes_.warn("deinterlaced",
                fmt::format("video stream {} is interlaced: its frames are deinterlaced, at the rate of the source",
                            stream_.index));
  return {};
}

Expected<void> FirstPicture::read(Decoder& decoder) {
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  for (std::int64_t bytes = 0; bytes < kMostOfPackets && !format_ && frames_ < kMostFrames;) {
    const auto more = source_.read(*packet);
    if (!more || !*more) return {};  // the encode will say why
    bytes += packet->size;
    if (packet->stream_index == stream_.index)
      HEVCPOOL_CHECK(decoder.send(*packet, [this](AVFrame& frame) { return on_decoded(frame); }));
  }
  return {};
}

Expected<void> FirstPicture::on_decoded(AVFrame& frame) {
  if (format_ || frames_ >= kMostFrames) return {};
  const AVRational interval = rate_.nominal.num > 0 ? av_inv_q(rate_.nominal) : AVRational{1, 25};
  frame.pts = frames_ * std::max<std::int64_t>(1, av_rescale_q(1, interval, clock_base_));
  effective_.complete(frame);
  ++frames_;
  return filters_->push(frame, [this](const AVFrame& filtered, const FilterOutput& from) {
    return on_filtered(filtered, from);
  });
}

Expected<void> FirstPicture::on_filtered(const AVFrame& frame, const FilterOutput& from) {
  if (format_) return {};
  if (filters_->changes_times()) filtered_rate_ = from.frame_rate;
  HEVCPOOL_ASSIGN(format_, choose_format(frame, options_, notes_));
  StreamMetadata::of(stream_, frame, rate(), notes_);
  return {};
}

// Seconds of the output.
double planned_duration(const Inspection& inspection, const EncodeOptions& options) {
  if (inspection.duration <= 0) return options.duration;
  const double rest = std::max(0.0, inspection.duration - options.start);
  return options.duration > 0 ? std::min(options.duration, rest) : rest;
}

double planned_frames(const Inspection& inspection, const EncodeOptions& options, double duration) {
  const bool whole = options.start <= 0 && options.duration <= 0;
  if (whole && inspection.planned.frame_rate == inspection.frame_rate) return inspection.frames;
  if (inspection.planned.frame_rate > 0) return std::round(duration * inspection.planned.frame_rate);
  return inspection.duration > 0 ? std::round(inspection.frames * duration / inspection.duration) : 0;
}

void plan_range(Inspection& inspection, const EncodeOptions& options) {
  inspection.planned.duration = planned_duration(inspection, options);
  inspection.planned.frames = planned_frames(inspection, options, inspection.planned.duration);
}

}  // namespace

// A picture whose chroma is halved across only has no such format once it lies on its side: its chroma becomes whole first,
// at the same depth.
std::string whole_chroma_for(const AVStream& stream, const std::string& turn) {
  const auto* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(stream.codecpar->format));
  if (format == nullptr || turn.find("transpose") == std::string::npos || format->nb_components < 3) return "";
  if (format->log2_chroma_w == format->log2_chroma_h || (format->flags & AV_PIX_FMT_FLAG_RGB) != 0) return "";
  const int depth = format->comp[0].depth;
  return depth > 8 ? fmt::format("format=yuv444p{},", depth) : "format=yuv444p,";
}

Expected<EncodeOptions> settle_picture_options(int fd, const std::string& name, AVStream& stream, Container container,
                                               const EncodeOptions& options, Diagnostics& notes) {
  EncodeOptions settled = options;
  settled.container = container;
  if (options.crop == "auto") {
    HEVCPOOL_ASSIGN(const auto second, Source::open(fd, name));
    if (stream.index >= second->streams()) return fail("demux", "changed", "the source has changed");
    HEVCPOOL_ASSIGN(settled.crop, detect_crop(second->format(), second->stream(stream.index)));
    if (!settled.crop.empty())
      notes.warn("cropped", fmt::format("black borders are cut away: {}", settled.crop));
  }
  const std::string turn = container == Container::mkv ? upright_filters(stream) : "";
  if (turn.empty()) return settled;
  // After the request's own filters: those see the stored picture, whatever the container.
  settled.vf += (settled.vf.empty() ? "" : ",") + whole_chroma_for(stream, turn) + turn;
  forget_display_matrix(stream);
  notes.warn("turned", "MKV holds no display matrix: the picture itself is turned (" + turn + ")");
  return settled;
}

Expected<void> plan_pictures(int fd, const std::string& name, Source& source, const EncodeOptions& options,
                             Inspection& inspection, Diagnostics& notes) {
  Planned& planned = inspection.planned;
  planned = {inspection.width, inspection.height, inspection.bit_depth, inspection.frame_rate, 0, 0};
  bool first = true;
  for (const StreamPlan& plan : inspection.streams) {
    if (plan.type != "video" || plan.action != StreamPlan::Action::encode) continue;
    AVStream& stream = source.stream(plan.index);
    HEVCPOOL_ASSIGN(const EncodeOptions settled,
                    settle_picture_options(fd, name, stream, inspection.container, options, notes));
    FirstPicture picture(source, stream, settled, notes);
    HEVCPOOL_CHECK(picture.find());
    if (first && picture.format()) {
      const AVRational rate = picture.rate();
      planned.width = picture.format()->width;
      planned.height = picture.format()->height;
      planned.bit_depth = picture.format()->depth;
      if (rate.num > 0 && (!options.fps.empty() || !options.vf.empty())) planned.frame_rate = av_q2d(rate);
    }
    first = false;
  }
  plan_range(inspection, options);
  return {};
}

}  // namespace hevcpool::media
