// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/audio/audio_frames.h"

namespace hevcpool::media {

Expected<FramePtr> AudioFrames::next() {
  while (true) {
    if (filter_) {
      HEVCPOOL_ASSIGN(FramePtr frame, filter_->pull());
      if (frame) return frame;
    }
    if (waiting_) {  // the old graph is empty now
      filter_.reset();
      const FramePtr first = std::move(waiting_);
      HEVCPOOL_CHECK(take(*first));
      continue;
    }
    if (ended_) return FramePtr();
    HEVCPOOL_CHECK(feed());
  }
}

Expected<void> AudioFrames::feed() {
  HEVCPOOL_ASSIGN(AVFrame* frame, reader_->next());
  if (frame) return take(*frame);
  ended_ = true;
  return filter_ ? filter_->push(nullptr) : Expected<void>();
}

Expected<void> AudioFrames::take(AVFrame& frame) {
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC)
    av_channel_layout_default(&frame.ch_layout, frame.ch_layout.nb_channels);
  if (!filter_) {
    HEVCPOOL_ASSIGN(filter_, FrameFilter::create(frame, reader_->stream().time_base, {0, 1}, graph_));
  }
  if (filter_->fits(frame)) return filter_->push(&frame);
  waiting_.reset(av_frame_clone(&frame));
  if (!waiting_) return fail_av("filter", "keep frame", AVERROR(ENOMEM));
  return filter_->push(nullptr);
}

}  // namespace hevcpool::media
