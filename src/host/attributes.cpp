// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/attributes.h"

#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace hevcpool::host {

namespace {

std::vector<std::string> attribute_names(int fd) {
  std::string buffer(64 * 1024, '\0');  // the kernel's limit on the list
  auto size = ::flistxattr(fd, buffer.data(), buffer.size());
  std::vector<std::string> names;
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size);) {
    names.emplace_back(buffer.c_str() + at);
    at += names.back().size() + 1;
  }
  return names;
}

bool inherited(const std::string& name) {
  if (name.starts_with(kOwnAttributes)) return false;
  return name.starts_with("user.") || name == "system.posix_acl_access";
}

// True when the attribute is on the target, or was gone from the source before it could be read.
bool copy_attribute(int source, int target, const std::string& name) {
  std::string value(64 * 1024, '\0');  // the kernel's limit on a value
  auto size = ::fgetxattr(source, name.c_str(), value.data(), value.size());
  if (size < 0) return errno == ENODATA;
  return ::fsetxattr(target, name.c_str(), value.data(), static_cast<std::size_t>(size), 0) == 0;
}

// Only root can give a file away; anyone else's output is his own.
Expected<void> inherit_owner(const struct stat& status, int target) {
  if (::geteuid() != 0) return {};
  if (::fchown(target, status.st_uid, status.st_gid) != 0 && errno != EPERM && errno != ENOTSUP)
    return fail_errno("commit", "setting the owner of the output", errno);
  return {};
}

}  // namespace

Expected<std::vector<std::string>> inherit_attributes(int source, const struct stat& status, int target) {
  std::vector<std::string> refused;
  HEVCPOOL_CHECK(inherit_owner(status, target));
  if (::fchmod(target, status.st_mode & 0777) != 0 && errno != EPERM && errno != ENOTSUP)
    return fail_errno("commit", "setting the mode of the output", errno);
  for (const auto& name : attribute_names(source))
    if (inherited(name) && !copy_attribute(source, target, name)) refused.push_back(name);
  std::array<struct timespec, 2> times{status.st_atim, status.st_mtim};
  if (::futimens(target, times.data()) != 0) return fail_errno("commit", "setting the times of the output", errno);
  return refused;
}

}  // namespace hevcpool::host
