// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/replacement.h"

#include <fmt/format.h>
#include <sys/xattr.h>

#include <array>
#include <string_view>

namespace hevcpool::plan {
namespace {

constexpr const char* kMark = "user.hevcpool.replaces";

std::string content(const struct stat& source) {
  return fmt::format("1 {} {} {}.{:09}", source.st_ino, source.st_size, source.st_mtim.tv_sec,
                     source.st_mtim.tv_nsec);
}

}  // namespace

bool mark_replacement(int output, const struct stat& source) {
  const std::string text = content(source);
  return ::fsetxattr(output, kMark, text.data(), text.size(), 0) == 0;
}

void unmark_replacement(int output) { ::fremovexattr(output, kMark); }
void unmark_replacement(const std::string& output) { ::removexattr(output.c_str(), kMark); }

bool is_replacement(const std::string& output, const struct stat& source) {
  std::array<char, 128> value{};
  const auto size = ::getxattr(output.c_str(), kMark, value.data(), value.size());
  return size > 0 && std::string_view(value.data(), static_cast<std::size_t>(size)) == content(source);
}

bool is_replacement(const std::string& output, const std::string& source) {
  struct stat status {};
  return ::stat(source.c_str(), &status) == 0 && is_replacement(output, status);
}

}  // namespace hevcpool::plan
