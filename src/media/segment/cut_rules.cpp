// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/cut_rules.h"

#include "media/video/filter_rules.h"
#include "media/libav/stream_kind.h"
#include "media/plan/streams.h"
#include "media/video/x265_options.h"
#include "media/video/x265_threads.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace hevcpool::media {
namespace {

// Options of x265 whose effect depends on where in the whole a frame is, or that end the stream with the segment.
constexpr std::array<std::string_view, 19> kWholeOnly{
    "bitrate",     "vbv-maxrate", "vbv-bufsize", "vbv-init",     "vbv-end", "vbv-end-fr-adj", "vbv-live-multi-pass",
    "strict-cbr",  "zones",       "intra-refresh", "hrd",        "hrd-concat", "eos",          "eob",
    "const-vbv",   "crf-max",     "crf-min",     "idr-recovery-sei", "single-sei"};

template <class Array>
bool contains(const Array& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// An expression may speak of the frame's number or time: a name of its own, "n", "t" or "pos".
bool speaks_of_time(const std::string& arguments) {
  std::string word;
  for (char c : arguments + " ") {
    const bool part = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (part) {
      word += c;
      continue;
    }
    if (word == "n" || word == "t" || word == "pos") return true;
    word.clear();
  }
  return false;
}

std::string why_filters_forbid_cuts(const EncodeOptions& options) {
  if (options.crop == "auto") return "the crop is found from the whole film";
  if (!options.fps.empty()) return "the frame rate is changed";
  if (options.vf.empty()) return {};
  auto calls = list_filters(options.vf);
  if (!calls) return "the filters are not understood";
  for (const auto& call : *calls)
    if (!works_frame_by_frame(call) || speaks_of_time(call.arguments))
      return fmt::format("filter '{}' may look at more than one frame", call.name);
  return {};
}

std::string why_encoder_forbids_cuts(const EncodeOptions& options) {
  if (options.bitrate != 0 || options.two_pass) return "the bit rate is averaged over the whole film";
  for (const auto& [key, value] : split_x265_params(options.x265_params)) {
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', '-');
    if (contains(kWholeOnly, name)) return fmt::format("x265 parameter '{}' is about the whole film", key);
  }
  return {};
}

std::string why_fields_forbid_cuts(const AVStream& stream, Deinterlace deinterlace) {
  if (deinterlace == Deinterlace::off) return {};
  if (deinterlace == Deinterlace::on) return "deinterlacing looks at neighbouring frames";
  // Where the container does not know, the frames will tell: a segment with an interlaced one refuses itself.
  const auto order = stream.codecpar->field_order;
  return order == AV_FIELD_PROGRESSIVE || order == AV_FIELD_UNKNOWN ? "" : "it is interlaced";
}

}  // namespace

std::string why_options_forbid_cuts(const EncodeOptions& options) {
  if (options.start > 0 || options.duration > 0) return "only a part is wanted";
  if (options.program >= 0) return "one programme is picked";
  if (auto why = why_encoder_forbids_cuts(options); !why.empty()) return why;
  return why_filters_forbid_cuts(options);
}

std::string why_streams_forbid_cuts(const AVFormatContext& format, const EncodeOptions& options) {
  const AVStream* video = nullptr;
  for (unsigned n = 0; n < format.nb_streams; ++n) {
    const AVStream& stream = *format.streams[n];
    if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO || is_attached_picture(stream)) continue;
    if (video != nullptr) return "there are several video streams";
    video = &stream;
  }
  if (video == nullptr) return "there is no video stream";
  if (format.pb == nullptr || (format.pb->seekable & AVIO_SEEKABLE_NORMAL) == 0) return "it cannot be searched";
  return why_fields_forbid_cuts(*video, options.deinterlace);
}

bool bytes_of_whole_may_differ(const EncodeOptions& options) {
  constexpr int kAnyDepth = 8;
  const auto api = x265_for(kAnyDepth);
  if (!api || options.threads <= 1) return false;
  const auto param = make_x265_param(**api, options);
  return param && bytes_may_differ(**param);
}

int encoder_key_interval(const EncodeOptions& options) {
  constexpr int kDefault = 250;
  int interval = kDefault;
  for (const auto& [key, value] : split_x265_params(options.x265_params)) {
    int number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (key == "keyint" && error == std::errc()) interval = number > 0 ? number : kDefault;
  }
  return std::max(interval, 1);
}

}  // namespace hevcpool::media
