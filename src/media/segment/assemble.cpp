// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/segment/assemble.h"

#include "media/segment/segmented_track.h"

namespace hevcpool::media {

Expected<TranscodeReport> assemble(const AssembleRequest& request) {
  HEVCPOOL_ASSIGN(auto opened, SegmentSet::open(request.segments, request.options_hash));
  auto segments = std::make_shared<SegmentSet>(std::move(opened));  // std::function must be copyable
  TranscodeRequest transcode = request.transcode;
  transcode.make_video = [segments](AVFormatContext& format, AVStream& stream, const EncodeOptions& options,
                                    const VideoTrack::Pass&, Diagnostics& notes) {
    return make_segmented_track(std::move(*segments), format, stream, options, notes);
  };
  return media::transcode(transcode);
}

}  // namespace hevcpool::media
