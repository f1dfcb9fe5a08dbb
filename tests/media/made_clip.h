// SPDX-License-Identifier: GPL-2.0-or-later
// Video streams made on the spot: pictures of a libavfilter source as raw video packets, in a demuxer context
// that was never opened; and what a VideoTrack makes of them, decoded again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "media/video/video_track.h"

namespace hevcpool::media::testing {

struct ClipSpec {
  std::string source = "testsrc2=size=128x96:rate=25";  // a libavfilter source
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;
  int frames = 10;
  AVRational time_base{1, 25};
  AVRational rate{25, 1};
  std::function<std::int64_t(int)> time;  // of frame n, in time_base; frame number when empty
  AVFieldOrder fields = AV_FIELD_PROGRESSIVE;
  std::function<void(AVStream&)> edit_stream;
  std::function<void(AVPacket&, int)> edit_packet;
};

struct FreeFormat {
  void operator()(AVFormatContext* format) const { avformat_free_context(format); }
};

struct Clip {
  std::unique_ptr<AVFormatContext, FreeFormat> format;
  AVStream* stream = nullptr;      // owned by format
  std::vector<FramePtr> pictures;  // what the packets hold
  std::vector<PacketPtr> packets;
};

std::vector<FramePtr> draw(const std::string& source, AVPixelFormat pixels, int frames);
Clip make_clip(const ClipSpec& spec);

struct Encoded {
  std::unique_ptr<VideoTrack> track;
  std::vector<PacketPtr> packets;
  Diagnostics notes;
  Error error;  // code empty when all went well
  bool ok() const { return error.code.empty(); }
};

EncodeOptions quick_options();  // ultrafast
EncodeOptions lossless();       // and that
// Through a VideoTrack from the first packet to the last.
std::unique_ptr<Encoded> encode(Clip& clip, const EncodeOptions& options, const VideoTrack::Pass& pass = {});
std::vector<FramePtr> decode(const Encoded& encoded);
// The first warning of that code; empty when there is none.
std::string warned(const Encoded& encoded, std::string_view code);

// Bytes of one plane's shown part, without padding.
std::vector<std::uint8_t> plane_bytes(const AVFrame& frame, int plane);
bool same_pictures(const AVFrame& a, const AVFrame& b);

}  // namespace hevcpool::media::testing
