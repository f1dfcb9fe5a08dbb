// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/size_memo.h"

#include "base/hash.h"
#include "base/unique_fd.h"
#include "host/attributes.h"
#include "host/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>

namespace hevcpool::host {

namespace {

constexpr std::size_t kMostBytes = 1000;  // some file systems have room for little more
const std::string kAttribute = std::string(kOwnAttributes) + "verdict";

std::string identity_text(const struct stat& status) {
  return fmt::format(" {} {}.{:09}", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

std::string content(const SizeMemoKey& key) {
  return fmt::format("1 {:016x}{}", fnv1a(key.options), identity_text(key.status));
}

// What earlier runs found out about this very content, a line for each set of options, the newest last.
std::string known_lines(const SizeMemoKey& key) {
  std::array<char, 4096> value{};
  const auto size = ::getxattr(key.source.c_str(), kAttribute.c_str(), value.data(), value.size());
  std::string_view text(value.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const std::string identity = identity_text(key.status);
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with(identity)) lines += std::string(line) + "\n";
  }
  return lines;
}

std::string marker_path(const SizeMemoKey& key) {
  auto name = fnv1a(name_of(key.source) + "/" + content(key));
  return fmt::format("{}/.hevcpool/verdict-{:016x}", key.folder, name);
}

bool make_marker(const SizeMemoKey& key) {
  struct stat status {};
  if (::stat(key.folder.c_str(), &status) != 0) return false;  // no folder is made for a file that is not kept
  if (::mkdir((key.folder + "/.hevcpool").c_str(), 0777) != 0 && errno != EEXIST) return false;
  return UniqueFd(::open(marker_path(key).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)).valid();
}

}  // namespace

bool is_remembered(const SizeMemoKey& key) {
  if (known_lines(key).find(content(key) + "\n") != std::string::npos) return true;
  return exists(marker_path(key));
}

bool remember(const SizeMemoKey& key) {
  auto text = known_lines(key) + content(key);
  while (text.size() > kMostBytes) text.erase(0, text.find('\n') + 1);
  if (::setxattr(key.source.c_str(), kAttribute.c_str(), text.data(), text.size(), 0) == 0) return true;
  return make_marker(key);
}

}  // namespace hevcpool::host
