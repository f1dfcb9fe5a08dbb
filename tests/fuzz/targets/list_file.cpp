// SPDX-License-Identifier: GPL-2.0-or-later
// The text of an @list of inputs.
#include "fuzz/targets/target.h"

#include "plan/paths/inputs.h"

#include <cstdlib>

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t bytes = 0;
  for (const std::string& entry : hevcpool::plan::split_list(text)) {
    if (entry.empty()) std::abort();
    bytes += entry.size();
    static_cast<void>(hevcpool::plan::is_video_name(entry) && hevcpool::plan::is_own_output(entry));
  }
  if (bytes > size) std::abort();
  return 0;
}
