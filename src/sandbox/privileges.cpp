// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/privileges.h"

#include "base/error.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

namespace hevcpool::sandbox {
namespace {

using Resource = __rlimit_resource_t;

// Returns an empty text, or what went wrong.
std::string lower_limit(Resource resource, std::string_view name, rlim_t value) {
  rlimit limit{};
  if (::getrlimit(resource, &limit) != 0) return fmt::format("{}: {}", name, errno_name(errno));
  limit.rlim_max = std::min(limit.rlim_max, value);
  limit.rlim_cur = std::min(limit.rlim_cur, limit.rlim_max);
  if (::setrlimit(resource, &limit) != 0) return fmt::format("{}: {}", name, errno_name(errno));
  return {};
}

// An address sanitizer reserves terabytes; its builds run without this limit.
std::string lower_address_space(std::uint64_t bytes) {
#ifdef HEVCPOOL_SANITIZER
  static_cast<void>(bytes);
  return {};
#else
  return bytes ? lower_limit(RLIMIT_AS, "address space", bytes) : std::string();
#endif
}

std::string describe(const ResourceLimits& limits) {
  std::string text = fmt::format("core 0, {} files", limits.open_files);
  if (limits.address_space_bytes)
    text += fmt::format(", {} MiB of address space", limits.address_space_bytes >> 20);
  if (limits.cpu_seconds) text += fmt::format(", {} s of CPU", limits.cpu_seconds);
  return text;
}

void empty_bounding_set() {
  for (unsigned long capability = 0; capability < 64; ++capability)
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) return;  // past the last one, or not allowed to
}

}  // namespace

Layer limit_resources(const ResourceLimits& limits) {
  ::umask(077);
  for (const std::string& problem :
       {lower_limit(RLIMIT_CORE, "core", 0), lower_limit(RLIMIT_NOFILE, "files", limits.open_files),
        lower_address_space(limits.address_space_bytes),
        limits.cpu_seconds ? lower_limit(RLIMIT_CPU, "CPU", limits.cpu_seconds) : std::string()})
    if (!problem.empty()) return {"rlimits", false, problem};
  return {"rlimits", true, describe(limits)};
}

Layer drop_capabilities() {
  empty_bounding_set();
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return {"capabilities", false, errno_name(errno)};
  return {"capabilities", true, "none left"};
}

Layer forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {"no_new_privs", false, errno_name(errno)};
  return {"no_new_privs", true, ""};
}

}  // namespace hevcpool::sandbox
