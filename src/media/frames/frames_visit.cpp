// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/frames/frames.h"

#include "media/libav/compat.h"
#include "media/libav/frame_filter.h"
#include "media/input/frame_reader.h"
#include "media/input/input_file.h"
#include "media/libav/log_capture.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>

namespace hevcpool::media {
namespace {

FrameView view_of(const AVFrame& frame) {
  FrameView view;
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  view.plane_count = std::clamp(av_pix_fmt_count_planes(format), 0, 4);
  for (int i = 0; i < view.plane_count; ++i) {
    const bool chroma = (i == 1 || i == 2) && descriptor && !(descriptor->flags & AV_PIX_FMT_FLAG_RGB);
    view.planes[i] = frame.data[i];
    view.strides[i] = frame.linesize[i];
    view.widths[i] = chroma ? AV_CEIL_RSHIFT(frame.width, descriptor->log2_chroma_w) : frame.width;
    view.heights[i] = chroma ? AV_CEIL_RSHIFT(frame.height, descriptor->log2_chroma_h) : frame.height;
  }
  view.width = frame.width;
  view.height = frame.height;
  view.bit_depth = descriptor ? descriptor->comp[0].depth : 8;
  const char* name = av_get_pix_fmt_name(format);
  view.pixel_format = name ? name : "";
  view.key_frame = is_key_frame(frame);
  return view;
}

double seconds_of(const AVFrame& frame, const InputFile& file, const AVStream& stream) {
  if (frame.pts == AV_NOPTS_VALUE) return -1;
  return static_cast<double>(frame.pts) * av_q2d(stream.time_base) -
         static_cast<double>(file.time_zero()) / AV_TIME_BASE;
}

}  // namespace

Expected<std::int64_t> visit_frames(int source, const std::string& name, const std::string& pixel_format,
                                    const std::function<bool(const FrameView&)>& visit) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open(source, name));
  HEVCPOOL_ASSIGN(AVStream * stream, file.video());
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), *stream));
  std::optional<FrameFilter> filter;
  for (std::int64_t index = 0;; ++index) {
    HEVCPOOL_ASSIGN(AVFrame* frame, reader.next());
    if (!frame) return index;
    FramePtr converted;
    if (!pixel_format.empty()) {
      if (!filter || !filter->fits(*frame)) {
        HEVCPOOL_ASSIGN(filter, FrameFilter::create(*frame, stream->time_base, {25, 1}, "format=" + pixel_format));
      }
      HEVCPOOL_ASSIGN(converted, filter->run(*frame));
    }
    FrameView view = view_of(converted ? *converted : *frame);
    view.index = index;
    view.seconds = seconds_of(*frame, file, *stream);
    if (!visit(view)) return index + 1;
  }
}

}  // namespace hevcpool::media
