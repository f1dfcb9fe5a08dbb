// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/scratch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <string_view>

namespace hevcpool::pool {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "hevcpool-", kDigits = "0123456789", kHexDigits = "0123456789abcdef";
constexpr std::size_t kRandomDigits = 16;
constexpr std::time_t kOld = 60;  // seconds; between making a folder and locking it

// hevcpool-PID-RANDOM
bool is_scratch_name(std::string_view name) {
  if (!name.starts_with(kPrefix)) return false;
  name.remove_prefix(kPrefix.size());
  const auto dash = name.find('-');
  if (dash == 0 || dash == std::string_view::npos || name.size() != dash + 1 + kRandomDigits) return false;
  return name.substr(0, dash).find_first_not_of(kDigits) == std::string_view::npos &&
         name.substr(dash + 1).find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool is_abandoned(const fs::path& folder) {
  const UniqueFd opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status {};
  return opened.valid() && ::fstat(opened.get(), &status) == 0 && status.st_uid == ::geteuid() &&
         status.st_mtime < std::time(nullptr) - kOld && ::flock(opened.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

std::string new_scratch_root() {
  const char* folder = std::getenv("TMPDIR");
  std::uint64_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random) random = static_cast<std::uint64_t>(::getpid());
  return fmt::format("{}/{}{}-{:016x}", folder && *folder == '/' ? folder : "/tmp", kPrefix, ::getpid(), random);
}

std::string scratch_folder_of(const std::string& root, int slot) { return fmt::format("{}/worker{}", root, slot); }

UniqueFd hold_scratch_root(const std::string& root) {
  if (::mkdir(root.c_str(), 0700) != 0) return UniqueFd();
  UniqueFd held(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (held.valid() && ::flock(held.get(), LOCK_EX | LOCK_NB) != 0) return UniqueFd();
  return held;
}

void remove_abandoned_scratch(const std::string& root) {
  std::error_code failed, ignored;
  for (fs::directory_iterator entries(fs::path(root).parent_path(), failed), end; !failed && entries != end;
       entries.increment(failed)) {
    const fs::path& found = entries->path();
    if (found != root && is_scratch_name(found.filename().native()) && is_abandoned(found))
      fs::remove_all(found, ignored);
  }
}

}  // namespace hevcpool::pool
