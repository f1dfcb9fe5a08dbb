// SPDX-License-Identifier: GPL-2.0-or-later
#include "sandbox/landlock.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

namespace hevcpool::sandbox {
namespace {

// The kernel's interface, from Documentation/userspace-api/landlock.rst; the numbers are the same on every
// architecture.
constexpr long kCreateRuleset = 444, kAddRule = 445, kRestrictSelf = 446;
constexpr std::uint32_t kQueryVersion = 1;
constexpr int kPathBeneath = 1;

struct RulesetAttributes {
  std::uint64_t fs = 0;
  std::uint64_t net = 0;     // version 4
  std::uint64_t scoped = 0;  // version 6
};
struct __attribute__((packed)) PathAttributes {
  std::uint64_t allowed = 0;
  std::int32_t parent = -1;
};

constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t kWriteFile = bit(1), kReadFile = bit(2), kReadDir = bit(3), kRemoveDir = bit(4),
                        kRemoveFile = bit(5), kMakeDir = bit(7), kMakeRegular = bit(8), kTruncate = bit(14);
constexpr std::uint64_t kRead = kReadFile | kReadDir;
constexpr std::uint64_t kReadWrite =
    kRead | kWriteFile | kTruncate | kRemoveDir | kRemoveFile | kMakeDir | kMakeRegular;
constexpr std::uint64_t kFileRights = kReadFile | kWriteFile | kTruncate;  // all that a rule on a file may give

// Version 1 knows the rights 0 to 12; 2 adds refer, 3 truncate, 5 ioctl on devices.
constexpr std::uint64_t fs_rights(int version) {
  const unsigned count = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return bit(count) - 1;
}

// Everything a version can forbid is forbidden, and then given back by path.
RulesetAttributes everything(int version) {
  return {.fs = fs_rights(version),
          .net = version >= 4 ? bit(0) | bit(1) : 0,      // bind and connect by TCP
          .scoped = version >= 6 ? bit(0) | bit(1) : 0};  // abstract sockets, signals
}

std::size_t attributes_size(int version) { return version >= 6 ? 24 : version >= 4 ? 16 : 8; }

// What libc, the dynamic linker, fontconfig, libass, libnuma and TBB read while they work.
constexpr std::array<const char*, 23> kSystemPaths = {
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "/usr/share/fontconfig",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/etc/fonts",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/var/cache/fontconfig",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/proc/self",
    "/proc/self/exe",
    "/sys/devices/system",
    "/dev/urandom",
    "/dev/random",
};

Expected<void> allow(int ruleset, const std::string& path, std::uint64_t rights) {
  const UniqueFd fd(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("sandbox", path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) return fail_errno("sandbox", path, errno);
  const PathAttributes rule{.allowed = S_ISDIR(status.st_mode) ? rights : rights & kFileRights,
                            .parent = fd.get()};
  if (::syscall(kAddRule, ruleset, kPathBeneath, &rule, 0) != 0)
    return fail_errno("sandbox", path, errno);
  return {};
}

Expected<void> add_rules(int ruleset, const PathRules& rules, std::uint64_t handled) {
  for (const char* path : kSystemPaths) static_cast<void>(allow(ruleset, path, kRead));
  for (const std::string& path : rules.read_only) static_cast<void>(allow(ruleset, path, kRead));
  static_cast<void>(allow(ruleset, "/dev/null", (kReadFile | kWriteFile) & handled));
  if (rules.scratch_folder.empty()) return {};
  return allow(ruleset, rules.scratch_folder, kReadWrite & handled);
}

std::string describe(int version) {
  std::string text = fmt::format("ABI {}", version);
  if (version < 4) text += ", without TCP";
  if (version < 6) text += ", without signals";
  return text;
}

Layer missing(std::string why) { return {"landlock", false, std::move(why)}; }

std::string why_absent(int error_number) {
  if (error_number == ENOSYS) return "the kernel has no Landlock";
  if (error_number == EOPNOTSUPP) return "the kernel has Landlock switched off";
  return errno_name(error_number);
}

}  // namespace

int landlock_version() {
  const long version = ::syscall(kCreateRuleset, nullptr, 0, kQueryVersion);
  return version < 0 ? -errno : static_cast<int>(version);
}

Layer restrict_paths(const PathRules& rules) {
  const int version = landlock_version();
  if (version < 1) return missing(why_absent(-version));
  const RulesetAttributes attributes = everything(version);
  const UniqueFd ruleset(
      static_cast<int>(::syscall(kCreateRuleset, &attributes, attributes_size(version), 0)));
  if (!ruleset.valid()) return missing(errno_name(errno));
  if (auto added = add_rules(ruleset.get(), rules, attributes.fs); !added)
    return missing(added.error().message);
  if (::syscall(kRestrictSelf, ruleset.get(), 0) != 0) return missing(errno_name(errno));
  return {"landlock", true, describe(version)};
}

}  // namespace hevcpool::sandbox
