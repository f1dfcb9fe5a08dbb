// SPDX-License-Identifier: GPL-2.0-or-later
// How much memory a worker takes while it encodes, before anyone has done it. Fitted to measurements of libx265 3.5
// from 320x180 to 1920x1080, 8 and 10 bit, ultrafast to slower; `hevcpool bench --memory` shows both. Pure.
#pragma once

#include <string>

namespace hevcpool::plan {

struct EncodeShape {
  int width = 0, height = 0;
  int bit_depth = 8;
  std::string preset = "medium";
  std::string x265_params;       // rc-lookahead and bframes count
  unsigned threads = 1;
};

// Bytes of the whole worker: encoder, decoder, filters, and what it takes idle.
double encode_memory(const EncodeShape& shape);

}  // namespace hevcpool::plan
