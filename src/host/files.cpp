// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool::host {

Expected<Source> open_source(const std::string& path) {
  // Not blocking, so that a pipe without a writer cannot hold the host up; no effect on regular files.
  Source source{.fd = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY))};
  if (!source.fd.valid()) return fail_errno("open", "opening the source", errno);
  if (::fstat(source.fd.get(), &source.status) != 0) return fail_errno("open", "reading the source's status", errno);
  if (S_ISDIR(source.status.st_mode)) return fail_errno("open", "opening the source", EISDIR);
  if (!S_ISREG(source.status.st_mode)) return fail("open", "not_a_file", "the source is not a regular file");
  return source;
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

Expected<void> check_unchanged(const std::string& path, const struct stat& before) {
  struct stat now {};
  if (::stat(path.c_str(), &now) != 0) return fail_errno("commit", "looking at the source again", errno);
  bool same = same_file(before, now) && before.st_size == now.st_size &&
              before.st_mtim.tv_sec == now.st_mtim.tv_sec && before.st_mtim.tv_nsec == now.st_mtim.tv_nsec;
  if (same) return {};
  return fail("commit", "source_changed", "the source changed while it was being read");
}

bool exists(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::string folder_of(const std::string& path) {
  auto slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string extension_of(const std::string& path) {
  auto name = name_of(path);
  auto dot = name.find_last_of('.');
  return dot == std::string::npos || dot == 0 ? "" : name.substr(dot);
}

std::string stem_of(const std::string& path) { return path.substr(0, path.size() - extension_of(path).size()); }

std::string existing_folder(const std::string& folder) {
  auto candidate = folder;
  struct stat status {};
  while (::stat(candidate.c_str(), &status) != 0 && errno == ENOENT) {
    auto above = folder_of(candidate);
    if (above == candidate) break;
    candidate = above;
  }
  return candidate;
}

Expected<void> make_folders(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0777) == 0) return sync_folder(folder_of(folder));
  if (errno == ENOENT) {
    HEVCPOOL_CHECK(make_folders(folder_of(folder)));
    if (::mkdir(folder.c_str(), 0777) == 0) return sync_folder(folder_of(folder));
  }
  auto reason = errno;
  struct stat status {};
  if (reason == EEXIST && ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) return {};
  return fail_errno("commit", "making the folder " + folder, reason == EEXIST ? ENOTDIR : reason);
}

Expected<void> sync_folder(const std::string& folder) {
  UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // A folder may be writable and yet not readable; some file systems know no fsync of folders (EINVAL).
  if (!fd.valid()) return {};
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != EBADF && errno != ENOTSUP)
    return fail_errno("commit", "flushing the folder", errno);
  return {};
}

}  // namespace hevcpool::host
