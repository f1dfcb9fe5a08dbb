// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/thumbnail.h"

#include "media/input/clock_scan.h"
#include "media/libav/compat.h"
#include "media/libav/frame_filter.h"
#include "media/input/frame_finder.h"
#include "media/input/input_file.h"
#include "media/libav/log_capture.h"
#include "media/still/still_direct.h"
#include "media/still/still_encoder.h"
#include "media/still/still_graph.h"
#include "media/libav/target_file.h"
#include "media/still/thumbnail_times.h"
#include "media/input/whole_duration.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

namespace hevcpool::media {
namespace {

constexpr AVRational kStillRate{25, 1};
constexpr AVRational kStillTimeBase{1, 25};
constexpr double kBestSpan = 1;     // seconds that "best" looks at
constexpr unsigned kBestMost = 100; // and frames, as the thumbnail filter's default

// A cover, or a file of libav's readers of one picture: there is nothing to search in.
bool is_still(const AVFormatContext& format, const AVStream& stream) {
  const std::string_view name = format.iformat->name;
  return (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0 || name.ends_with("_pipe") || name == "image2";
}

// One run: the opened file, the moments, and the filter graph that successive frames share.
class Thumbnailer {
 public:
  Thumbnailer(const ThumbnailRequest& request, InputFile& file, FrameReader& reader)
      : request_(request), file_(file), reader_(reader), finder_(reader, file.time_zero()) {}

  Expected<ThumbnailReport> run();

 private:
  Expected<void> find_moments();
  Expected<FramePtr> frame_at(std::size_t moment);
  Expected<FramePtr> still();
  Expected<FramePtr> best_after(double seconds);
  Expected<FramePtr> draw(const FramePtr& frame);
  Expected<FramePtr> picture_of(const AVFrame& frame);
  Expected<void> separate_files();
  Expected<void> sheet();
  Expected<FramePtr> fitted_to_tile(const AVFrame& picture);
  Expected<void> put_on(std::optional<FrameFilter>& tiles, FramePtr picture);
  Expected<void> write_picture(const AVFrame& picture, int target);
  Expected<void> write_map();
  bool stopped() const { return request_.cancelled && request_.cancelled(); }

  const ThumbnailRequest& request_;
  InputFile& file_;
  FrameReader& reader_;
  FrameFinder finder_;
  double duration_ = 0;  // seconds; only where a moment counts from it
  std::vector<double> moments_;
  FramePtr still_;
  std::optional<FrameFilter> drawing_;
  Orientation drawn_orientation_;
  Size tile_;  // of the sheet
  ThumbnailReport report_;
};

Expected<void> Thumbnailer::find_moments() {
  const Thumbnail& options = request_.options;
  const bool relative = options.at.empty() || std::ranges::any_of(options.at, is_part_of_duration) || request_.map >= 0;
  if (relative) {
    HEVCPOOL_ASSIGN(duration_, whole_duration(file_, reader_.begins_anew(), request_.source, request_.name));
  }
  const double duration = duration_;
  for (const std::string& text : options.at) {
    HEVCPOOL_ASSIGN(const double moment, parse_moment(text, duration));
    moments_.push_back(moment);
  }
  if (options.at.empty()) moments_ = even_moments(options.count, duration);  // all 0 when nothing is known
  return {};
}

Expected<FramePtr> Thumbnailer::frame_at(std::size_t moment) {
  const double seconds = moments_[moment];
  if (is_still(file_.format(), reader_.stream())) return still();
  if (request_.options.best) return best_after(seconds);
  if (request_.options.nearest) return finder_.nearest_key_frame(seconds);
  const bool last = moment + 1 == moments_.size();
  return finder_.exact(seconds, last ? FrameFinder::More::none : finder_.after(seconds, moments_[moment + 1]));
}

// The only picture there is, at whatever time.
Expected<FramePtr> Thumbnailer::still() {
  if (!still_) {
    HEVCPOOL_ASSIGN(const AVFrame* frame, reader_.next());
    if (!frame) return fail("decode", "no_frame", "no frame could be decoded");
    still_.reset(av_frame_clone(frame));
  }
  FramePtr out(still_ ? av_frame_clone(still_.get()) : nullptr);
  if (!out) return fail_av("decode", "keep frame", AVERROR(ENOMEM));
  return out;
}

// The filter says which frame is most like the average of all; the frame itself is then read again, so that not
// all of them must be kept.
Expected<FramePtr> Thumbnailer::best_after(double seconds) {
  HEVCPOOL_ASSIGN(FramePtr first, finder_.exact(seconds, FrameFinder::More::soon));
  const AVRational rate = reader_.stream().avg_frame_rate;
  const auto frames = rate.num > 0 && rate.den > 0 ? std::lround(std::ceil(kBestSpan * av_q2d(rate))) : 25;
  const auto count = std::clamp<unsigned>(static_cast<unsigned>(frames), 2, kBestMost);
  HEVCPOOL_ASSIGN(FrameFilter filter,
                  FrameFilter::create(*first, reader_.stream().time_base, kStillRate,
                                      fmt::format("scale=160:-2,format=rgb24,thumbnail=n={}", count)));
  HEVCPOOL_CHECK(filter.push(first.get()));
  const FramePtr second(finder_.ahead() && filter.fits(*finder_.ahead()) ? av_frame_clone(finder_.ahead()) : nullptr);
  if (second) HEVCPOOL_CHECK(filter.push(second.get()));
  for (unsigned i = second ? 2 : 1; i < count; ++i) {
    HEVCPOOL_ASSIGN(AVFrame* frame, reader_.next());
    if (!frame || !filter.fits(*frame)) break;
    HEVCPOOL_CHECK(filter.push(frame));
  }
  HEVCPOOL_ASSIGN(FramePtr chosen, filter.pull());
  if (!chosen) {
    HEVCPOOL_CHECK(filter.push(nullptr));
    HEVCPOOL_ASSIGN(chosen, filter.pull());
  }
  finder_.forget_position();
  if (!chosen || chosen->pts == AV_NOPTS_VALUE || chosen->pts == first->pts) return first;
  return finder_.exact_timestamp(chosen->pts);
}

// The frame as the picture file's pixels.
Expected<FramePtr> Thumbnailer::draw(const FramePtr& frame) {
  HEVCPOOL_ASSIGN(FramePtr picture, picture_of(*frame));
  report_.pictures.push_back({.seconds = finder_.seconds_of(*frame), .key_frame = is_key_frame(*frame)});
  report_.width = picture->width;
  report_.height = picture->height;
  return picture;
}

Expected<FramePtr> Thumbnailer::picture_of(const AVFrame& frame) {
  const auto& options = request_.options.picture;
  const Orientation orientation = orientation_of(frame, reader_.stream());
  const AVRational sample = frame.sample_aspect_ratio;
  if (can_be_direct(frame, sample, orientation, options, options.format)) return direct_still(frame, options.grey);
  if (!drawing_ || !drawing_->fits(frame) || !(orientation == drawn_orientation_)) {
    HEVCPOOL_ASSIGN(drawing_, FrameFilter::create(frame, kStillTimeBase, kStillRate,
                                                  still_graph(frame, sample, orientation, options, options.format)));
    drawn_orientation_ = orientation;
  }
  return drawing_->run(frame);
}

Expected<void> Thumbnailer::write_picture(const AVFrame& picture, int target) {
  const auto& options = request_.options.picture;
  HEVCPOOL_ASSIGN(const auto bytes, encode_still(picture, options.format, options.quality));
  report_.bytes += bytes.size();
  return write_file(target, bytes);
}

Expected<void> Thumbnailer::separate_files() {
  for (std::size_t i = 0; i < moments_.size() && !stopped(); ++i) {
    HEVCPOOL_ASSIGN(const FramePtr frame, frame_at(i));
    HEVCPOOL_ASSIGN(const FramePtr picture, draw(frame));
    HEVCPOOL_CHECK(write_picture(*picture, request_.targets[i]));
  }
  return {};
}

// A picture of another shape than the sheet's first one: between black bars.
Expected<FramePtr> Thumbnailer::fitted_to_tile(const AVFrame& picture) {
  const std::string size = fmt::format("{}:{}", tile_.width, tile_.height);
  HEVCPOOL_ASSIGN(FrameFilter filter,
                  FrameFilter::create(picture, kStillTimeBase, kStillRate,
                                      fmt::format("scale={}:force_original_aspect_ratio=decrease:flags=bicubic,"
                                                  "pad={}:(ow-iw)/2:(oh-ih)/2,setsar=1,format={}",
                                                  size, size,
                                                  av_get_pix_fmt_name(static_cast<AVPixelFormat>(picture.format)))));
  return filter.run(picture);
}

Expected<void> Thumbnailer::put_on(std::optional<FrameFilter>& tiles, FramePtr picture) {
  if (!tiles) {
    tile_ = {picture->width, picture->height};
    const auto columns = request_.options.columns;
    const auto rows = (moments_.size() + columns - 1) / columns;
    HEVCPOOL_ASSIGN(tiles, FrameFilter::create(*picture, kStillTimeBase, kStillRate,
                                               fmt::format("tile={}x{}:padding={}:nb_frames={}", columns, rows,
                                                           request_.options.gap, moments_.size())));
  }
  if (picture->width != tile_.width || picture->height != tile_.height) {
    HEVCPOOL_ASSIGN(picture, fitted_to_tile(*picture));
  }
  picture->pts = static_cast<std::int64_t>(report_.pictures.size());
  return tiles->push(picture.get());
}

Expected<void> Thumbnailer::sheet() {
  std::optional<FrameFilter> tiles;
  for (std::size_t i = 0; i < moments_.size(); ++i) {
    if (stopped()) return {};
    HEVCPOOL_ASSIGN(const FramePtr frame, frame_at(i));
    HEVCPOOL_ASSIGN(FramePtr picture, draw(frame));
    HEVCPOOL_CHECK(put_on(tiles, std::move(picture)));
  }
  HEVCPOOL_CHECK(tiles->push(nullptr));
  HEVCPOOL_ASSIGN(const FramePtr whole, tiles->pull());
  if (!whole) return fail("filter", "no_frame", "the sheet was not finished");
  report_.sheet_width = whole->width;
  report_.sheet_height = whole->height;
  HEVCPOOL_CHECK(write_picture(*whole, request_.targets[0]));
  return request_.map >= 0 ? write_map() : Expected<void>();
}

Expected<void> Thumbnailer::write_map() {
  const SheetLayout layout{.sheet_name = request_.sheet_name, .columns = request_.options.columns,
                           .width = report_.width, .height = report_.height, .gap = request_.options.gap};
  const std::string text = sheet_map(moments_, duration_, layout);
  return write_file(request_.map, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

Expected<ThumbnailReport> Thumbnailer::run() {
  HEVCPOOL_CHECK(find_moments());
  const bool one = request_.options.columns > 0;
  if (moments_.empty() || request_.targets.size() != (one ? 1 : moments_.size()))
    return fail("request", "bad_argument", "as many targets as pictures are needed");
  HEVCPOOL_CHECK(one ? sheet() : separate_files());
  if (stopped()) return fail("thumbnail", "cancelled", "cancelled");
  if (reader_.damaged() > 0) report_.warnings.push_back({"damaged_packets", "damaged packets", reader_.damaged()});
  return std::move(report_);
}

// Reading on from frame to frame needs to know in which order they come; a single one does not.
Expected<InputFile> open_source(const ThumbnailRequest& request) {
  const bool single = picture_count(request.options) == 1 && !request.options.best;
  return single ? InputFile::open_for_video(request.source, request.name)
                : InputFile::open(request.source, request.name);
}

}  // namespace

std::size_t picture_count(const Thumbnail& options) {
  return options.at.empty() ? options.count : options.at.size();
}

Expected<ThumbnailReport> thumbnail(const ThumbnailRequest& request) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(InputFile file, open_source(request));
  HEVCPOOL_ASSIGN(AVStream * stream, file.video());
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), *stream));
  if (clock_jumps(file)) reader.seek_to_the_beginning_only();
  return Thumbnailer(request, file, reader).run();
}

}  // namespace hevcpool::media
