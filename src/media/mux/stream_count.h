// SPDX-License-Identifier: GPL-2.0-or-later
// What was written of a stream, which verification must find again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hevcpool::media {

struct StreamCount {
  int index = -1;                 // in the output
  std::string type, codec;
  std::int64_t packets = 0;
  double start = 0, end = 0;      // seconds
  // Where the source's stream ends, on the output's clock: of sound the last packet's end, of others its beginning.
  // Nothing where the source does not tell, or where the output is to end elsewhere.
  std::optional<double> source_end;
};

}  // namespace hevcpool::media
