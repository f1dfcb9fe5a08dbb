// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/verify/picture_compare.h"

#include "media/input/trim_range.h"
#include "media/libav/compat.h"
#include "media/video/decoder.h"
#include "media/input/effective_picture.h"
#include "media/video/filter_chain.h"
#include "media/video/frame_clock.h"
#include "media/input/frame_reader.h"
#include "media/video/picture_converter.h"
#include "media/input/stream_rate.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>

namespace hevcpool::media {
namespace {

constexpr int kBlock = 8;

struct Sums {
  double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
};

template <class Sample>
Sums block_sums(const std::uint8_t* a, int a_stride, const std::uint8_t* b, int b_stride) {
  std::uint64_t sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (int y = 0; y < kBlock; ++y) {
    const auto* ra = reinterpret_cast<const Sample*>(a + std::ptrdiff_t{y} * a_stride);
    const auto* rb = reinterpret_cast<const Sample*>(b + std::ptrdiff_t{y} * b_stride);
    for (int x = 0; x < kBlock; ++x) {
      const std::uint32_t va = ra[x], vb = rb[x];
      sa += va, sb += vb, saa += va * va, sbb += vb * vb, sab += va * vb;
    }
  }
  return {static_cast<double>(sa), static_cast<double>(sb), static_cast<double>(saa), static_cast<double>(sbb),
          static_cast<double>(sab)};
}

double block_ssim(const Sums& s, double peak) {
  constexpr double n = kBlock * kBlock;
  const double c1 = 0.01 * 0.01 * peak * peak, c2 = 0.03 * 0.03 * peak * peak;
  const double ma = s.a / n, mb = s.b / n;
  const double va = s.aa / n - ma * ma, vb = s.bb / n - mb * mb, cov = s.ab / n - ma * mb;
  return (2 * ma * mb + c1) * (2 * cov + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2));
}

template <class Sample>
double plane_ssim(const AVFrame& a, const AVFrame& b, double peak) {
  const int width = std::min(a.width, b.width), height = std::min(a.height, b.height);
  double sum = 0;
  std::int64_t blocks = 0;
  for (int y = 0; y + kBlock <= height; y += kBlock)
    for (int x = 0; x + kBlock <= width; x += kBlock, ++blocks)
      sum += block_ssim(
          block_sums<Sample>(a.data[0] + std::ptrdiff_t{y} * a.linesize[0] + x * std::ptrdiff_t{sizeof(Sample)},
                             a.linesize[0],
                             b.data[0] + std::ptrdiff_t{y} * b.linesize[0] + x * std::ptrdiff_t{sizeof(Sample)},
                             b.linesize[0]),
          peak);
  return blocks > 0 ? sum / static_cast<double>(blocks) : 1;
}

// The pictures of a source as the encoder got them.
class ReferencePictures {
 public:
  using Sink = std::function<Expected<void>(const AVFrame&)>;

  static Expected<std::unique_ptr<ReferencePictures>> create(Source& source, int index, const EncodeOptions& options) {
    AVStream& stream = source.stream(index);
    std::unique_ptr<ReferencePictures> pictures(new ReferencePictures(source, stream, options));
    const AVRational rate = pictures->rate_.nominal;
    HEVCPOOL_ASSIGN(pictures->decoder_, Decoder::open(stream, 1));
    HEVCPOOL_ASSIGN(pictures->filters_, FilterChain::create(options, pictures->time_base_, rate));
    return pictures;
  }

  Expected<void> send(const AVPacket& packet, const Sink& sink) {
    return decoder_->send(packet, [&](AVFrame& frame) { return on_decoded(frame, sink); });
  }
  Expected<void> finish(const Sink& sink) {
    HEVCPOOL_CHECK(decoder_->finish([&](AVFrame& frame) { return on_decoded(frame, sink); }));
    HEVCPOOL_CHECK(begin_range(clock_.end(), sink));
    return filters_->finish([&](const AVFrame& frame, const FilterOutput&) { return on_filtered(frame, sink); });
  }
  bool changes_times() const { return filters_->changes_times(); }

 private:
  ReferencePictures(Source& source, AVStream& stream, const EncodeOptions& options)
      : source_(source), stream_(stream), options_(options), effective_(source.format(), stream),
        rate_(rate_of(source.format(), stream)), time_base_(clock_of(stream, rate_)), clock_(time_base_, rate_.nominal),
        range_(time_base_, time_zero_of(source.format(), stream), options) {}

  Expected<void> on_decoded(AVFrame& frame, const Sink& sink) {
    constexpr auto kKeepUnknown = static_cast<AVRounding>(AV_ROUND_NEAR_INF | AV_ROUND_PASS_MINMAX);
    frame.pts = clock_.next(av_rescale_q_rnd(frame.pts, stream_.time_base, time_base_, kKeepUnknown),
                            av_rescale_q(frame_duration(frame), stream_.time_base, time_base_));
    range_.count_from(frame.pts);
    const TrimRange::Place place = range_.place(frame.pts);
    if (place == TrimRange::Place::before) return on_screen_.keep(frame);
    HEVCPOOL_CHECK(begin_range(frame.pts, sink));
    return place == TrimRange::Place::inside ? push(frame, sink) : Expected<void>{};
  }

  Expected<void> begin_range(std::int64_t pts, const Sink& sink) {
    const FramePtr frame = on_screen_.take(range_, pts);
    return frame ? push(*frame, sink) : Expected<void>{};
  }

  Expected<void> push(AVFrame& frame, const Sink& sink) {
    effective_.complete(frame);
    return filters_->push(frame,
                          [&](const AVFrame& out, const FilterOutput&) { return on_filtered(out, sink); });
  }

  Expected<void> on_filtered(const AVFrame& frame, const Sink& sink) {
    if (!converter_) {
      Diagnostics unheard;
      HEVCPOOL_ASSIGN(const PictureFormat format, choose_format(frame, options_, unheard));
      converter_.emplace(format, frame.sample_aspect_ratio);
    }
    HEVCPOOL_ASSIGN(const AVFrame* picture, converter_->convert(frame));
    return sink(*picture);
  }

  Source& source_;
  AVStream& stream_;
  const EncodeOptions& options_;
  EffectivePicture effective_;
  std::unique_ptr<Decoder> decoder_;
  std::optional<FilterChain> filters_;
  StreamRate rate_;
  AVRational time_base_;
  FrameClock clock_;
  std::optional<PictureConverter> converter_;
  TrimRange range_;
  FrameOnScreen on_screen_;
};

void add(Similarity& similarity, double ssim) {
  if (similarity.lowest_frame < 0 || ssim < similarity.lowest) {
    similarity.lowest = ssim;
    similarity.lowest_frame = similarity.frames;
  }
  similarity.sum += ssim;
  ++similarity.frames;
}

Unexpected frames_differ(std::int64_t frames, std::string_view who) {
  return fail("verify", "frame_count", fmt::format("after {} frames the {} has no more", frames, who));
}

}  // namespace

double luma_ssim(const AVFrame& a, const AVFrame& b) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(a.format));
  const int depth = format ? format->comp[0].depth : 8;
  const double peak = (1 << depth) - 1;
  return depth > 8 ? plane_ssim<std::uint16_t>(a, b, peak) : plane_ssim<std::uint8_t>(a, b, peak);
}

Expected<Similarity> compare_videos(const VerifyRequest& request, int source_stream, int target_stream) {
  HEVCPOOL_ASSIGN(const auto source, Source::open(request.source, request.source_name));
  HEVCPOOL_ASSIGN(const auto target, Source::open(request.target, {}));
  if (source_stream >= source->streams() || target_stream >= target->streams())
    return fail("verify", "changed", "a stream to compare is not there");
  for (int n = 0; n < source->streams(); ++n)
    if (n != source_stream) source->stream(n).discard = AVDISCARD_ALL;
  HEVCPOOL_ASSIGN(FrameReader made, FrameReader::create(target->format(), target->stream(target_stream)));
  HEVCPOOL_ASSIGN(const auto pictures, ReferencePictures::create(*source, source_stream, request.options));
  Similarity similarity;
  const ReferencePictures::Sink compare = [&](const AVFrame& reference) -> Expected<void> {
    HEVCPOOL_ASSIGN(const AVFrame* frame, made.next());
    if (!frame) return frames_differ(similarity.frames, "output");
    add(similarity, luma_ssim(reference, *frame));
    return {};
  };
  const PacketPtr packet(av_packet_alloc());
  for (;;) {
    if (request.cancelled && request.cancelled()) return fail("verify", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool more, source->read(*packet));
    if (!more) break;
    if (packet->stream_index == source_stream) HEVCPOOL_CHECK(pictures->send(*packet, compare));
  }
  HEVCPOOL_CHECK(pictures->finish(compare));
  HEVCPOOL_ASSIGN(const AVFrame* rest, made.next());
  if (rest && !pictures->changes_times()) return frames_differ(similarity.frames, "source");
  if (made.damaged() > 0) return fail("verify", "undecodable", "frames of the output are damaged");
  return similarity;
}

}  // namespace hevcpool::media
