// SPDX-License-Identifier: GPL-2.0-or-later
// The packets of one stream other than the film that lie in a part of it, cut to the part: a subtitle that is on screen
// where the part begins is there from its beginning on, sound keeps what its decoder needs before the beginning where
// the target can hide that, and nothing lasts longer than the part. For one reading, in the order of the packets. One
// thread.
#pragma once

#include "media/convert/stream_track.h"

#include <cstdint>
#include <memory>

namespace hevcpool::media {

// AV_TIME_BASE units of the source's clock.
struct Part {
  std::int64_t begin = INT64_MIN, end = INT64_MAX;
};

class StreamCut {
 public:
  virtual ~StreamCut() = default;
  // May change the packet, and take its data. The times that go to the sink are of the source's clock, in the stream's
  // time base.
  virtual Expected<void> send(AVPacket& packet, const PacketSink& sink) = 0;
  // There are no more packets.
  virtual Expected<void> finish(const PacketSink&) { return {}; }
};

// `hides_beginning`: the target can hold packets before the part that are not heard (edit lists).
std::unique_ptr<StreamCut> make_stream_cut(const AVStream& stream, const Part& part, bool hides_beginning);
// A track that is sent the packets of such a cut.
std::unique_ptr<StreamTrack> make_cut_track(const AVStream& stream, const Part& part, bool hides_beginning,
                                            std::unique_ptr<StreamTrack> track);

// Of subtitles, the longest time that one is looked for before the part.
inline constexpr std::int64_t kLongestCue = 60 * std::int64_t{AV_TIME_BASE};

}  // namespace hevcpool::media
