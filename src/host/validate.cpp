// SPDX-License-Identifier: GPL-2.0-or-later
#include <hevcpool/encode.h>

#include "media/segment/cut_rules.h"
#include "tasks/check.h"

namespace hevcpool {

std::optional<std::string> validate(const Encode& encode) {
  if (encode.input.empty()) return "there is no input";
  auto problem = tasks::check_options(encode.options);
  if (problem) return problem;
  if (encode.timeout.count() < 0) return "timeout: must not be negative";
  if (encode.stall_timeout.count() < 0) return "stall timeout: must not be negative";
  if (encode.split > 0 && media::bytes_of_whole_may_differ(encode.options))
    return "a fixed split gives the same bytes in every run, but VBV with several threads does not: leave out one of them";
  return std::nullopt;
}

}  // namespace hevcpool
