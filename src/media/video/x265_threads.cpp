// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/x265_threads.h"

#include "media/video/x265_options.h"

#include <string>

namespace hevcpool::media {

Expected<void> set_threads(const x265_api& api, x265_param& param, unsigned threads) {
  if (threads > 1) return set_x265(api, param, "pools", std::to_string(threads));
  param.frameNumThreads = 1;
  param.bEnableWavefront = 0;
  param.bDistributeModeAnalysis = 0;
  param.bDistributeMotionEstimation = 0;
  param.lookaheadSlices = 0;  // slices are for pools; without one they only cost precision
  return set_x265(api, param, "pools", "none");
}

// x265 takes more the more CPUs there are. From three on, with the CU tree, the bytes differ between runs on busy CPUs,
// and now and then a file is 40 % larger. With two they are those of one, and rows beside rows fill the other CPUs.
void settle_frame_threads(x265_param& param) {
  constexpr int kMost = 2;
  const bool few = param.frameNumThreads > 0 && param.frameNumThreads <= kMost;
  if (param.rc.cuTree != 0 && !few) param.frameNumThreads = kMost;
}

bool keeps_to_buffer(const x265_param& param) {
  const auto& rate = param.rc;
  if (param.bLossless != 0 || rate.rateControlMode == X265_RC_CQP || rate.vbvBufferSize <= 0) return false;
  return rate.vbvMaxBitrate > 0 || rate.rateControlMode == X265_RC_ABR;
}

bool bytes_may_differ(const x265_param& param) {
  return keeps_to_buffer(param) && (param.bEnableWavefront != 0 || param.frameNumThreads != 1);
}

}  // namespace hevcpool::media
