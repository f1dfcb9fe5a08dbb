// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/diagnostics.h"

#include <algorithm>

namespace hevcpool::media {

void Diagnostics::warn(std::string_view code, std::string message, std::int64_t count) {
  const std::scoped_lock lock(mutex_);
  auto same = [&](const Warning& w) { return w.code == code && w.message == message; };
  if (auto found = std::ranges::find_if(warnings_, same); found != warnings_.end())
    found->count += count;
  else
    warnings_.push_back({std::string(code), std::move(message), count});
}

}  // namespace hevcpool::media
