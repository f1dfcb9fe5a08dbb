// SPDX-License-Identifier: GPL-2.0-or-later
// Names of the choices that encodes and other requests share.
#pragma once

#include "tasks/json_fields.h"

#include <hevcpool/encode.h>

namespace hevcpool::tasks {

template <>
struct EnumNames<Verify> {
  static constexpr std::array<std::pair<Verify, std::string_view>, 3> names{
      {{Verify::fast, "fast"}, {Verify::full, "full"}, {Verify::none, "none"}}};
};

}  // namespace hevcpool::tasks
