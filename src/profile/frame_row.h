// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of one encoded frame. Plain values; times in milliseconds.
#pragma once

#include "profile/clock.h"

#include <cstdint>

namespace hevcpool::profile {

// What x265 says of a frame it gives out (its x265_frame_stats). Times are 0 for what it does not measure.
struct EncodedFrame {
  std::int64_t number = 0;       // in presentation order
  std::int64_t order = 0;        // in decoding order
  char type = '?';               // I, i (not a key frame), P, B (referenced), b
  double qp = 0;
  std::uint64_t bits = 0;
  double ssim = 0, psnr = 0;     // 0: not asked for
  double decide_wait = 0;        // for the slice decision
  double row0_wait = 0;          // until its first row could begin
  double wall = 0;               // from the first row to the last
  double ref_wait = 0;           // for rows of its references
  double ctu_time = 0;           // all CTUs, summed over threads
  double stall = 0;              // no row could go on
  double avg_wpp = 0;            // rows at work at once, on average
  double latency = 0;            // frames between input and output
};

// The frame with where its time went: CPU of the worker's thread by stage, and of x265's threads.
struct FrameRow {
  EncodedFrame x265;
  int pass = 0;                  // 0: the only one
  int encoder = 0;               // which encoder of the task: one for each stream and pass
  double time = 0;               // given out, from the beginning of the task
  double demux = 0, decode = 0, filter = 0, scale = 0, input = 0, lookahead = 0, wait = 0, encode = 0, mux = 0,
         write = 0;
};

}  // namespace hevcpool::profile
