// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frames.h"

#include "media/frames/frame_compare.h"
#include "media/frames/frame_detectors.h"
#include "media/libav/frame_filter.h"
#include "media/input/frame_reader.h"
#include "media/input/input_file.h"
#include "media/libav/log_capture.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

namespace hevcpool::media {
namespace {

constexpr AVRational kAnyRate{25, 1};

// Frames of one file, brought to a format that can be measured.
class MeasuredVideo {
 public:
  static Expected<std::unique_ptr<MeasuredVideo>> open(int fd, const std::string& name) {
    HEVCPOOL_ASSIGN(InputFile file, InputFile::open(fd, name));
    HEVCPOOL_ASSIGN(AVStream * stream, file.video());
    HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), *stream));
    return std::unique_ptr<MeasuredVideo>(new MeasuredVideo(std::move(file), std::move(reader)));
  }

  // Null at the end. `like`: the frame whose format and size it gets; null: its own, or the nearest measurable.
  Expected<FramePtr> next(const AVFrame* like);

  double seconds_of(const AVFrame& frame) const {
    if (frame.pts == AV_NOPTS_VALUE) return -1;
    return static_cast<double>(frame.pts) * av_q2d(reader_.stream().time_base) -
           static_cast<double>(file_.time_zero()) / AV_TIME_BASE;
  }
  // How many frames there still are; none once `cancelled`.
  Expected<std::int64_t> count_rest(const std::function<bool()>& cancelled);
  const InputFile& file() const { return file_; }
  const FrameReader& reader() const { return reader_; }

 private:
  MeasuredVideo(InputFile file, FrameReader reader) : file_(std::move(file)), reader_(std::move(reader)) {}
  std::string conversion(const AVFrame& frame, const AVFrame* like) const;

  InputFile file_;
  FrameReader reader_;
  std::optional<FrameFilter> filter_;
  std::string conversion_;
};

std::string MeasuredVideo::conversion(const AVFrame& frame, const AVFrame* like) const {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (like && (like->format != frame.format || like->width != frame.width || like->height != frame.height))
    return fmt::format("scale={}:{}:flags=bicubic,format={}", like->width, like->height,
                       av_get_pix_fmt_name(static_cast<AVPixelFormat>(like->format)));
  return like || can_compare(format) ? "" : "format=yuv420p";
}

Expected<FramePtr> MeasuredVideo::next(const AVFrame* like) {
  HEVCPOOL_ASSIGN(AVFrame* frame, reader_.next());
  if (!frame) return FramePtr();
  const std::string wanted = conversion(*frame, like);
  if (wanted.empty()) return FramePtr(av_frame_clone(frame));
  if (!filter_ || !filter_->fits(*frame) || wanted != conversion_) {
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(*frame, reader_.stream().time_base, kAnyRate, wanted));
    conversion_ = wanted;
  }
  return filter_->run(*frame);
}

Expected<std::int64_t> MeasuredVideo::count_rest(const std::function<bool()>& cancelled) {
  std::int64_t count = 0;
  while (!cancelled || !cancelled()) {
    HEVCPOOL_ASSIGN(const AVFrame* frame, reader_.next());
    if (!frame) break;
    ++count;
  }
  return count;
}

class Analysis {
 public:
  Analysis(const FramesRequest& request, MeasuredVideo& video, MeasuredVideo* reference)
      : request_(request), video_(video), reference_(reference),
        detectors_(request.options, video.reader().stream().time_base,
                   static_cast<double>(video.file().time_zero()) / AV_TIME_BASE) {}
  Expected<FramesReport> run();

 private:
  Expected<void> take(const AVFrame& frame);
  Expected<void> compare(const AVFrame& frame, FrameRow& row);
  Expected<void> check_counts();

  const FramesRequest& request_;
  MeasuredVideo& video_;
  MeasuredVideo* reference_;
  FrameDetectors detectors_;
  FramesReport report_;
};

Expected<void> Analysis::compare(const AVFrame& frame, FrameRow& row) {
  if (!reference_) return {};
  HEVCPOOL_ASSIGN(const FramePtr other, reference_->next(&frame));
  if (!other) return {};
  ++report_.reference_frames;
  if (request_.options.ssim) report_.ssim.add(*(row.ssim = frame_ssim(frame, *other)), row.index);
  if (request_.options.psnr) report_.psnr.add(*(row.psnr = frame_psnr(frame, *other)), row.index);
  return {};
}

// Frames are compared by their number: where there are more of one file, the figures are not of all.
Expected<void> Analysis::check_counts() {
  if (!reference_) return {};
  HEVCPOOL_ASSIGN(const std::int64_t more, reference_->count_rest(request_.cancelled));
  const std::int64_t others = report_.reference_frames + more;
  if (others != report_.frames)
    report_.warnings.push_back({"frame_count",
                                fmt::format("it has {} frames and the reference {}: the first {} were compared",
                                            report_.frames, others, report_.reference_frames)});
  return {};
}

Expected<void> Analysis::take(const AVFrame& frame) {
  FrameRow row{.index = report_.frames++, .seconds = video_.seconds_of(frame), .key_frame = is_key(frame)};
  if (row.key_frame) ++report_.key_frames;
  report_.duration = std::max(report_.duration, row.seconds);
  if (request_.options.luma) report_.luma.add(*(row.luma = mean_luma(frame)), row.index);
  HEVCPOOL_CHECK(compare(frame, row));
  HEVCPOOL_ASSIGN(row.scene_score, detectors_.take(frame));
  if (request_.on_progress) request_.on_progress(report_.frames, row.seconds);
  if (!request_.options.output.empty()) report_.rows.push_back(row);
  return {};
}

Expected<FramesReport> Analysis::run() {
  while (true) {
    if (request_.cancelled && request_.cancelled()) return fail("frames", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const FramePtr frame, video_.next(nullptr));
    if (!frame) break;
    HEVCPOOL_CHECK(take(*frame));
  }
  if (report_.frames == 0) return fail("decode", "no_frame", "no frame could be decoded");
  HEVCPOOL_CHECK(check_counts());
  detectors_.finish(report_.duration);
  report_.scenes = detectors_.scenes();
  report_.black = detectors_.black();
  report_.frozen = detectors_.frozen();
  if (const auto damaged = video_.reader().damaged())
    report_.warnings.push_back({"damaged_packets", "damaged packets", damaged});
  return std::move(report_);
}

void put_column(std::string& line, const std::optional<double>& value, bool wanted) {
  if (wanted) line += value ? fmt::format(",{:.6f}", *value) : ",";
}

}  // namespace

void Extremes::add(double value, std::int64_t frame) {
  if (count == 0 || value < lowest) {
    lowest = value;
    lowest_frame = frame;
  }
  sum += value;
  ++count;
}

Expected<FramesReport> analyse_frames(const FramesRequest& request) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(const auto video, MeasuredVideo::open(request.source, request.name));
  std::unique_ptr<MeasuredVideo> reference;
  if (request.reference >= 0) {
    HEVCPOOL_ASSIGN(reference, MeasuredVideo::open(request.reference, request.reference_name));
  }
  return Analysis(request, *video, reference.get()).run();
}

std::string rows_as_csv(const std::vector<FrameRow>& rows, const Frames& options) {
  std::string out = "frame,seconds,key_frame";
  if (options.luma) out += ",luma";
  if (options.scenes) out += ",scene_score";
  if (options.ssim) out += ",ssim";
  if (options.psnr) out += ",psnr";
  out += "\n";
  for (const FrameRow& row : rows) {
    out += fmt::format("{},{:.6f},{}", row.index, row.seconds, row.key_frame ? 1 : 0);
    put_column(out, row.luma, options.luma);
    put_column(out, row.scene_score, options.scenes);
    put_column(out, row.ssim, options.ssim);
    put_column(out, row.psnr, options.psnr);
    out += "\n";
  }
  return out;
}

}  // namespace hevcpool::media
