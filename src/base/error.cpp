// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/error.h"

#include <cstring>

namespace hevcpool {

Unexpected fail(std::string_view stage, std::string_view code, std::string message, int system) {
  return Unexpected(Error{std::string(stage), std::string(code), std::move(message), system});
}

Unexpected fail_errno(std::string_view stage, std::string_view what, int error_number) {
  return fail(stage, errno_name(error_number), fmt::format("{}: {}", what, strerrordesc_np(error_number)),
              error_number);
}

std::string errno_name(int error_number) {
  const char* name = strerrorname_np(error_number);
  return name ? name : fmt::format("E{}", error_number);
}

}  // namespace hevcpool
