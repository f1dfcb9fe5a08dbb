// SPDX-License-Identifier: GPL-2.0-or-later
// One stream other than the encoded video on its way: packets of the source in, packets of the output out. Times
// stay on the source's clock. One thread.
#pragma once

#include "media/audio/audio_request.h"
#include "media/mux/container.h"
#include "media/plan/streams.h"
#include "media/video/video_track.h"

#include <memory>

namespace hevcpool::media {

class StreamTrack {
 public:
  virtual ~StreamTrack() = default;
  // Sets up the output's stream: codec, tags are the caller's.
  virtual Expected<void> describe(AVStream& output) const = 0;
  // May change the packet, and take its data.
  virtual Expected<void> send(AVPacket& packet, const PacketSink& sink) = 0;
  virtual Expected<void> finish(const PacketSink& sink) = 0;
  virtual AVRational time_base() const = 0;  // of the packets that come out
};

// As it is, with times that a muxer accepts.
Expected<std::unique_ptr<StreamTrack>> make_copy_track(const AVStream& source, const AVOutputFormat& target);
Expected<std::unique_ptr<StreamTrack>> make_copy_track(const AVStream& source, Container container);
// Codec, clock and side data of a stream that is copied.
Expected<void> describe_copy(const AVStream& source, const AVOutputFormat& target, AVStream& output);
// Sound through libavcodec, in the layout it has where the encoder knows that. `request` names encoder and rate.
Expected<std::unique_ptr<StreamTrack>> make_audio_track(const AVStream& source, const AudioRequest& request,
                                                        bool global_header, Diagnostics& notes);
// Text subtitles in another form. `end`: of the film, in AV_TIME_BASE units; INT64_MAX when unknown.
Expected<std::unique_ptr<StreamTrack>> make_subtitle_track(const AVStream& source, AVCodecID target, std::int64_t end);

}  // namespace hevcpool::media
