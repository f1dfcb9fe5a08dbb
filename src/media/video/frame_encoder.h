// SPDX-License-Identifier: GPL-2.0-or-later
// Frames as they come from decoder or filters in, timed HEVC packets out: conversion to the encoder's format,
// the encoder, the frames' own messages and the packets' times. For one thread.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "media/video/frame_clock.h"
#include "media/video/picture_converter.h"
#include "media/hevc/sei.h"
#include "media/video/x265_encoder.h"

namespace hevcpool::media {

class FrameEncoder {
 public:
  // `key_frame_messages` (NAL units, Annex B) go with every key frame.
  static Expected<std::unique_ptr<FrameEncoder>> open(const StreamFormat& format,
                                                      const EncodeOptions& options,
                                                      const VideoTrack::Pass& pass, Bytes key_frame_messages);

  // The picture of the frame in the encoder's format: the frame itself, or valid as PictureConverter says. May run
  // in another thread than the rest.
  Expected<const AVFrame*> convert(const AVFrame& frame) { return converter_.convert(frame); }
  // `picture` is what convert() made of the frame. Times are in ticks of whatever clock the caller keeps; they must
  // increase. `duration` counts for the last frame.
  Expected<void> encode(const AVFrame& frame, const AVFrame& picture, std::int64_t pts, std::int64_t duration,
                        const PacketSink& sink);
  // Other messages for the key frames from the next frame on.
  void change_key_frame_messages(Bytes messages) { key_frame_messages_[frames_] = std::move(messages); }
  // Hands out what is left. To be called once.
  // The last frame is shown for `duration` ticks.
  Expected<void> finish(std::int64_t duration, const PacketSink& sink);

  // Parameter sets, Annex B.
  const Bytes& headers() const { return headers_; }
  int reorder_delay() const { return encoder_->reorder_delay(); }
  // Says which options have no effect, and whether another run may give other bytes.
  void warn(Diagnostics& notes) const;
  // Leave out the frames' Dolby Vision metadata.
  void drop_dolby_vision() { keeps_dolby_vision_ = false; }

 private:
  // A finished packet that waits until the time of the next frame, and so its own duration, is known.
  struct Waiting {
    PacketPtr packet;
    std::int64_t frame;
  };
  FrameEncoder(const StreamFormat& format, std::unique_ptr<X265Encoder> encoder);
  FieldOrder fields_of(const AVFrame& frame) const;
  Expected<void> keep(const AccessUnit& unit);
  Expected<void> pass_on(const PacketSink& sink);
  FrameMessages take_messages(std::int64_t frame);
  const Bytes& key_frame_messages(std::int64_t frame) const;

  StreamFormat format_;
  std::unique_ptr<X265Encoder> encoder_;
  PictureConverter converter_;
  PacketClock clock_;
  Bytes headers_;
  std::map<std::int64_t, Bytes> key_frame_messages_;  // from that frame on
  std::map<std::int64_t, FrameMessages> messages_;  // by number of frame; of frames inside the encoder
  std::deque<Waiting> waiting_;                     // in decoding order
  std::int64_t frames_ = 0;
  bool keeps_dolby_vision_ = true;
};

}  // namespace hevcpool::media
