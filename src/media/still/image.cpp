// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/still/image.h"

#include "media/libav/frame_filter.h"
#include "media/input/frame_reader.h"
#include "media/input/input_file.h"
#include "media/libav/log_capture.h"
#include "media/still/still_direct.h"
#include "media/still/still_encoder.h"
#include "media/still/still_graph.h"
#include "media/libav/target_file.h"

namespace hevcpool::media {
namespace {

Expected<FramePtr> decode_first(InputFile& file, AVStream& stream) {
  HEVCPOOL_ASSIGN(FrameReader reader, FrameReader::create(file.format(), stream));
  HEVCPOOL_ASSIGN(AVFrame* frame, reader.next());
  if (!frame) return fail("decode", "no_frame", "the picture could not be decoded");
  FramePtr out(av_frame_clone(frame));
  if (!out) return fail_av("decode", "keep frame", AVERROR(ENOMEM));
  return out;
}

// JPEG to JPEG keeps the stored pixels and says how to turn them; everything else is turned.
bool keeps_orientation(const ImageRequest& request, const AVStream& stream) {
  return !request.options.apply_orientation && request.options.picture.format == StillFormat::jpeg &&
         stream.codecpar->codec_id == AV_CODEC_ID_MJPEG;
}

// The asked sides are those of the upright picture.
StillOptions for_stored_pixels(StillOptions options, const Orientation& orientation) {
  if (orientation.transposed) std::swap(options.width, options.height);
  return options;
}

Expected<FramePtr> draw(const AVFrame& frame, AVRational sample, const Orientation& orientation,
                        const StillOptions& options) {
  if (can_be_direct(frame, sample, orientation, options, options.format)) return direct_still(frame, options.grey);
  HEVCPOOL_ASSIGN(FrameFilter filter,
                  FrameFilter::create(frame, {1, 25}, {25, 1},
                                      still_graph(frame, sample, orientation, options, options.format)));
  return filter.run(frame);
}

}  // namespace

Expected<ImageReport> convert_image(const ImageRequest& request) {
  const LogCapture log;
  HEVCPOOL_ASSIGN(InputFile file, InputFile::open_still(request.source, request.name));
  HEVCPOOL_ASSIGN(AVStream * stream, file.video());
  HEVCPOOL_ASSIGN(const FramePtr frame, decode_first(file, *stream));
  const Orientation found = orientation_of(*frame, *stream);
  const bool kept = keeps_orientation(request, *stream);
  const StillOptions options =
      kept ? for_stored_pixels(request.options.picture, found) : request.options.picture;
  const AVRational sample = frame->sample_aspect_ratio;
  HEVCPOOL_ASSIGN(const FramePtr picture, draw(*frame, sample, kept ? Orientation() : found, options));
  HEVCPOOL_ASSIGN(auto bytes, encode_still(*picture, options.format, options.quality, HuffmanTables::standard));
  const int orientation = kept ? exif_orientation(found) : 1;
  if (orientation != 1) mark_jpeg_orientation(bytes, orientation);
  HEVCPOOL_CHECK(write_file(request.target, bytes));
  return ImageReport{.width = picture->width, .height = picture->height, .orientation = orientation,
                     .source_codec = avcodec_get_name(stream->codecpar->codec_id), .bytes = bytes.size()};
}

}  // namespace hevcpool::media
