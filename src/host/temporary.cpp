// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/temporary.h"

#include "base/hash.h"
#include "host/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <utility>

namespace hevcpool::host {

namespace {

constexpr mode_t kPrivate = 0600;  // until the commit gives it the source's mode

std::string proc_path(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

bool lacks_unnamed_files(int error_number) {
  return error_number == EOPNOTSUPP || error_number == EISDIR || error_number == EINVAL;
}

bool is_the_file(int fd, const std::string& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(fd, &open_file) == 0 && ::lstat(path.c_str(), &named) == 0 && same_file(open_file, named);
}

}  // namespace

std::string part_path(const std::string& target) {
  constexpr std::size_t kLongestName = 255;
  constexpr std::size_t kKept = 200;
  auto name = name_of(target);
  if (name.size() + 6 > kLongestName) name = fmt::format("{}-{:016x}", name.substr(0, kKept), fnv1a(name));
  return target.substr(0, target.size() - name_of(target).size()) + "." + name + ".part";
}

Expected<void> remove_leftover(const std::string& target) {
  auto path = part_path(target);
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) return {};  // none there, or not ours to judge
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return {};
    return fail("open", "EBUSY", "another run is writing " + name_of(path));
  }
  // Between opening and locking it may have become another file: only the one that was locked may go.
  if (is_the_file(fd.get(), path)) ::unlink(path.c_str());
  return {};
}

Expected<Temporary> Temporary::create(const std::string& target, Naming naming) {
  Temporary made;
  if (naming == Naming::unnamed) {
    auto folder = existing_folder(folder_of(target));
    made.fd_.reset(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, kPrivate));
    if (!made.fd_.valid() && !lacks_unnamed_files(errno))
      return fail_errno("open", "making a temporary file in " + folder, errno);
  }
  if (!made.fd_.valid()) {
    made.kept_folder_ = existing_folder(folder_of(target));
    HEVCPOOL_CHECK(make_folders(folder_of(target)));
    HEVCPOOL_CHECK(remove_leftover(target));
    auto path = part_path(target);
    made.fd_.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kPrivate));
    if (!made.fd_.valid()) return fail_errno("open", "making " + path, errno);
    made.name_ = path;
  }
  ::flock(made.fd_.get(), LOCK_EX | LOCK_NB);  // a new file: nobody else can hold it
  return made;
}

Temporary::Temporary(Temporary&& other) noexcept
    : fd_(std::move(other.fd_)), name_(std::exchange(other.name_, {})), kept_folder_(std::move(other.kept_folder_)) {}

Temporary& Temporary::operator=(Temporary&& other) noexcept {
  if (this == &other) return *this;
  discard();
  fd_ = std::move(other.fd_);
  name_ = std::exchange(other.name_, {});
  kept_folder_ = std::move(other.kept_folder_);
  return *this;
}

Temporary::~Temporary() { discard(); }

void Temporary::discard() {
  if (!name_.empty() && is_the_file(fd_.get(), name_)) {
    ::unlink(name_.c_str());
    remove_folders_made();
  }
  name_.clear();
  fd_.reset();
}

Expected<UniqueFd> Temporary::open_for_reading() const {
  UniqueFd fd(::open(proc_path(fd_.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return fail_errno("verify", "opening the output for reading", errno);
  return fd;
}

// Stops at the first that somebody else uses by now.
void Temporary::remove_folders_made() {
  auto folder = folder_of(name_);
  while (!kept_folder_.empty() && folder != kept_folder_ && ::rmdir(folder.c_str()) == 0) folder = folder_of(folder);
}

// The other name of a file; the first one of an unnamed file.
Expected<void> Temporary::link_to(const std::string& path) {
  int done = name_.empty()
                 ? ::linkat(AT_FDCWD, proc_path(fd_.get()).c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW)
                 : ::link(name_.c_str(), path.c_str());
  // Without /proc; needs a capability that the host may not have.
  if (done != 0 && errno == ENOENT && name_.empty())
    done = ::linkat(fd_.get(), "", AT_FDCWD, path.c_str(), AT_EMPTY_PATH);
  if (done != 0) return fail_errno("commit", "naming the output", errno);
  return {};
}

Expected<Temporary::Linked> Temporary::link_new(const std::string& target) {
  auto linked = link_to(target);
  if (linked) {
    if (!name_.empty()) ::unlink(name_.c_str());
    name_.clear();
    return Linked::yes;
  }
  if (linked.error().system == EEXIST) return Linked::name_taken;
  if (name_.empty()) return Unexpected(std::move(linked.error()));
  // A file system without hard links.
  if (::renameat2(AT_FDCWD, name_.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno == EEXIST) return Linked::name_taken;
    return fail_errno("commit", "naming the output", errno);
  }
  name_.clear();
  return Linked::yes;
}

Expected<void> Temporary::link_over(const std::string& target) {
  if (name_.empty()) {
    HEVCPOOL_CHECK(remove_leftover(target));
    auto path = part_path(target);
    HEVCPOOL_CHECK(link_to(path));
    name_ = path;
    HEVCPOOL_CHECK(sync_folder(folder_of(path)));
  }
  if (::rename(name_.c_str(), target.c_str()) != 0) return fail_errno("commit", "replacing " + target, errno);
  name_.clear();
  return {};
}

}  // namespace hevcpool::host
