// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_statistics.h"

namespace hevcpool::media {

// The level from which on it tells the times that it takes anyway; without a file's name no file is written. The same
// level makes it look for the least, the largest and the mean sample of each plane (PicYuv::copyFromPicture).
void want_times(x265_param& param) { param.csvLogLevel = 2; }

void want_quality(x265_param& param) {
  if (param.bEnableSsim != 0 || param.bEnablePsnr != 0) param.logLevel = X265_LOG_INFO;
}

profile::EncoderShape shape_of(const x265_param& actual) {
  profile::EncoderShape shape;
  shape.frame_threads = actual.frameNumThreads;
  shape.own_lookahead = actual.bEnableWavefront == 0 && actual.frameNumThreads == 1;
  shape.immediate = actual.bframes == 0 && actual.lookaheadDepth == 0 && actual.frameNumThreads == 1 &&
                    actual.maxSlices <= 1;
  return shape;
}

profile::EncodedFrame statistics_of(const x265_param& actual, const x265_picture& picture) {
  const x265_frame_stats& stats = picture.frameData;
  profile::EncodedFrame frame;
  frame.number = picture.pts;
  frame.order = stats.encoderOrder;
  frame.type = stats.sliceType;
  frame.qp = stats.qp;
  frame.bits = stats.bits;
  if (actual.bEnableSsim != 0) frame.ssim = stats.ssim;
  if (actual.bEnablePsnr != 0) frame.psnr = stats.psnr;
  frame.decide_wait = stats.decideWaitTime;
  frame.row0_wait = stats.row0WaitTime;
  frame.wall = stats.wallTime;
  frame.ref_wait = stats.refWaitWallTime;
  frame.ctu_time = stats.totalCTUTime;
  frame.stall = stats.stallTime;
  frame.avg_wpp = stats.avgWPP;
  frame.latency = stats.frameLatency;
  return frame;
}

}  // namespace hevcpool::media
