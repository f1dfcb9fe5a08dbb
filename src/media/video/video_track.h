// SPDX-License-Identifier: GPL-2.0-or-later
// One video stream on its way: packets of the source in, HEVC packets out. Decoding, filtering, conversion
// and encoding happen inside, in the calling thread (plus x265's one frame thread, or several of decoder and encoder
// where the options ask for them, and where the caller lets the stages overlap). The encoder opens with
// the first decoded frame, whose format, colour description and HDR side data it takes over; until then
// ready() is false and the output's codec parameters are unknown.
//
//   created --first frame--> encoding --finish()--> finished
//
// options.start and options.duration are applied here, to decoded frames, as TrimRange says. A caller that seeks must
// seek to a key frame shown no later than the frame that is on at the start.
#pragma once

#include <hevcpool/encode.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "media/libav/av.h"
#include "media/libav/diagnostics.h"
#include "media/libav/packet_sink.h"

namespace hevcpool::media {

struct VideoTrackStats {
  std::int64_t packets_in = 0;
  std::int64_t frames_decoded = 0;  // frames that the decoder gave
  std::int64_t frames_encoded = 0;  // frames that went into x265 (filters may change the number)
  std::int64_t packets_out = 0;
  std::int64_t decode_errors = 0;        // packets refused, and frames flagged as damaged or concealed
  std::int64_t errors_before_clean = 0;  // of these before the first clean frame
  std::int64_t frames_before_clean = 0;  // frames dropped or damaged before the first clean one
  std::uint64_t bytes_out = 0;
  std::int64_t first_pts = AV_NOPTS_VALUE;  // of the first frame encoded, in time_base
  std::int64_t last_pts = AV_NOPTS_VALUE;
};

// The part of a stream that one track encodes where several share it: the frames whose time is in [begin,
// end), in the stream's time base. `on_decoded` (may be empty) sees every decoded frame with its time, those
// outside too. `first_picture` (may be empty) gives the whole stream's first picture, as decoded: the part is then
// described by that one, as all others are.
struct FrameWindow {
  std::int64_t begin = std::numeric_limits<std::int64_t>::min();
  std::int64_t end = std::numeric_limits<std::int64_t>::max();
  std::function<void(const AVFrame&)> on_decoded;
  std::function<Expected<FramePtr>()> first_picture = {};
  bool is_whole() const {
    return begin == std::numeric_limits<std::int64_t>::min() && end == std::numeric_limits<std::int64_t>::max();
  }
};

// A frame on its way from the decoder to the encoder.
struct Picture {
  FramePtr frame;                // with its side data
  FramePtr converted;            // in the encoder's format; null: the frame has it
  AVRational time_base{0, 1};    // of the frame's time, once it is filtered
};

// The parts of VideoTrack::send(), for a caller that lets them overlap: from when the track is ready() until finish(),
// each may run in a thread of its own, one call of it at a time and in the order of the packets.
class VideoStages {
 public:
  virtual ~VideoStages() = default;
  // Adds the frames that the packet completes.
  virtual Expected<void> decode(const AVPacket& packet, std::vector<Picture>& pictures) = 0;
  // Replaces frames by what becomes of them.
  virtual Expected<void> filter(std::vector<Picture>& pictures) = 0;
  virtual Expected<void> encode(const std::vector<Picture>& pictures, const PacketSink& sink) = 0;
};

class VideoTrack {
 public:
  struct Pass {              // for two-pass rate control
    int number = 0;          // 0: single pass, 1, 2
    std::string stats_file;  // in the worker's scratch folder
  };

  // `stream` must outlive the track. `format` is the demuxer's context, for guessed frame rate and aspect
  // ratio. `mp4` tells whether parameter sets must not be repeated in the stream (hvc1).
  static Expected<std::unique_ptr<VideoTrack>> create(AVFormatContext& format, AVStream& stream,
                                                      const EncodeOptions& options, const Pass& pass,
                                                      Diagnostics& notes, const FrameWindow& window = {});
  virtual ~VideoTrack() = default;

  // Decodes one packet and passes on whatever packets of output are finished. Damage is counted, not an
  // error.
  virtual Expected<void> send(const AVPacket& packet, const PacketSink& sink) = 0;
  // Null where send() has no such parts.
  virtual VideoStages* stages() { return nullptr; }
  // Drains decoder, filters and encoder. To be called once, at the end.
  virtual Expected<void> finish(const PacketSink& sink) = 0;

  // Nothing at or after `end` any more (FrameWindow::end); no such frame has been seen yet.
  virtual void end_at(std::int64_t) {}

  // Before finish(): the last frame stays on until `end`, in time_base(), where that is later than its own duration says,
  // rounding apart.
  virtual void last_until(std::int64_t) {}

  virtual bool ready() const = 0;
  // Valid once ready(): codec parameters with extradata (hvcC or Annex B parameter sets), side data for the
  // container (mastering display, content light level, Dolby Vision configuration, display matrix, ICC).
  virtual const AVCodecParameters& parameters() const = 0;
  // Sets up a new stream of an output, once ready(): codec parameters, time base, frame rates, aspect ratio
  // and the side data above, where this libav version keeps it (on the stream before 6.1, in its parameters
  // since). Dolby Vision in MP4 needs the muxer's strict_std_compliance at FF_COMPLIANCE_UNOFFICIAL.
  virtual Expected<void> describe(AVStream& output) const = 0;
  virtual const AVStream* source_stream() const = 0;
  virtual AVRational time_base() const = 0;
  virtual AVRational frame_rate() const = 0;  // 0/1 when variable or unknown
  virtual const VideoTrackStats& stats() const = 0;
};

// Checks options that need libx265 or libavfilter, without any input: preset, tune, profile, every key and
// value of x265_params, the filter graph's names. The error names the key or the value.
Expected<void> validate_video_options(const EncodeOptions& options);

}  // namespace hevcpool::media
