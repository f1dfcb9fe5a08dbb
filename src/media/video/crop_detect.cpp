// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/crop_detect.h"

#include "media/video/decoder.h"
#include "media/libav/frame_filter.h"

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <charconv>
#include <cstring>

namespace hevcpool::media {
namespace {

constexpr int kPlaces = 10;  // where the file is looked into
constexpr int kFramesPerPlace = 4;
constexpr int kPacketsPerPlace = 400;  // of all streams, before a place is given up
// Every frame is judged by itself; the darkest 24 of 255 levels count as black.
constexpr const char* kGraph = "cropdetect=limit=24/255:round=2:skip=0:reset=1";

std::optional<int> number(const AVFrame& frame, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(frame.metadata, key, nullptr, 0);
  if (entry == nullptr) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(entry->value, entry->value + std::strlen(entry->value), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

// Nothing for a frame that is all black.
std::optional<CropBox> box_of(const AVFrame& frame) {
  const auto w = number(frame, "lavfi.cropdetect.w"), h = number(frame, "lavfi.cropdetect.h");
  const auto x = number(frame, "lavfi.cropdetect.x"), y = number(frame, "lavfi.cropdetect.y");
  if (!w || !h || !x || !y || *w <= 0 || *h <= 0) return std::nullopt;
  return CropBox{*x, *y, *x + *w, *y + *h};
}

class Detector {
 public:
  Detector(AVFormatContext& format, AVStream& stream)
      : format_(format), stream_(stream), packet_(av_packet_alloc()) {}

  Expected<void> look(std::int64_t at);
  std::string answer() const;

 private:
  Expected<void> on_frame(const AVFrame& frame);

  AVFormatContext& format_;
  AVStream& stream_;
  PacketPtr packet_;
  std::optional<FrameFilter> filter_;
  std::optional<CropBox> box_;
  int width_ = 0, height_ = 0;
  int frames_ = 0;  // at this place
};

Expected<void> Detector::on_frame(const AVFrame& frame) {
  ++frames_;
  if (width_ == 0) {
    width_ = frame.width;
    height_ = frame.height;
  }
  if (frame.width != width_ || frame.height != height_) return {};
  if (!filter_ || !filter_->fits(frame)) {
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(frame, stream_.time_base, {25, 1}, kGraph));
  }
  HEVCPOOL_CHECK(filter_->push(&frame));
  HEVCPOOL_ASSIGN(const FramePtr judged, filter_->pull());
  if (!judged) return {};
  if (const auto box = box_of(*judged)) box_ = box_ ? join(*box_, *box) : *box;
  return {};
}

// A few frames from the key frame before a time on.
Expected<void> Detector::look(std::int64_t at) {
  if (at != AV_NOPTS_VALUE) av_seek_frame(&format_, stream_.index, at, AVSEEK_FLAG_BACKWARD);
  HEVCPOOL_ASSIGN(auto decoder, Decoder::open(stream_, 1));
  frames_ = 0;
  for (int n = 0; n < kPacketsPerPlace && frames_ < kFramesPerPlace; ++n) {
    if (av_read_frame(&format_, packet_.get()) < 0) break;
    Expected<void> done;
    if (packet_->stream_index == stream_.index)
      done = decoder->send(*packet_, [this](AVFrame& frame) { return on_frame(frame); });
    av_packet_unref(packet_.get());
    HEVCPOOL_CHECK(done);
  }
  return frames_ < kFramesPerPlace ? decoder->finish([this](AVFrame& frame) { return on_frame(frame); })
                                   : Expected<void>{};
}

std::string Detector::answer() const {
  if (!box_ || *box_ == CropBox{0, 0, width_, height_}) return {};
  return fmt::format("{}:{}:{}:{}", box_->right - box_->left, box_->bottom - box_->top, box_->left,
                     box_->top);
}

}  // namespace

CropBox join(const CropBox& a, const CropBox& b) {
  return {std::min(a.left, b.left), std::min(a.top, b.top), std::max(a.right, b.right),
          std::max(a.bottom, b.bottom)};
}

Expected<std::string> detect_crop(AVFormatContext& format, AVStream& stream) {
  Detector detector(format, stream);
  std::int64_t duration = stream.duration;
  if (duration <= 0 && format.duration > 0)
    duration = av_rescale_q(format.duration, AV_TIME_BASE_Q, stream.time_base);
  const std::int64_t start = stream.start_time == AV_NOPTS_VALUE ? 0 : stream.start_time;
  HEVCPOOL_CHECK(detector.look(AV_NOPTS_VALUE));
  for (int n = 1; n < kPlaces; ++n)
    HEVCPOOL_CHECK(detector.look(duration > 0 ? start + duration * n / kPlaces : AV_NOPTS_VALUE));
  return detector.answer();
}

}  // namespace hevcpool::media
