// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/work_folder.h"

#include "base/hash.h"
#include "base/io.h"
#include "host/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace hevcpool::host {

namespace {

constexpr std::string_view kSegmentEnding = ".seg";
constexpr const char* kJobFile = "/job";

// Two hashes from different beginnings: 128 bits, not against forgers, the same on every machine.
class Hash {
 public:
  void add(std::string_view bytes) {
    a_ = fnv1a(bytes, a_);
    for (unsigned char byte : bytes) b_ = (b_ ^ byte) * 0x9e3779b97f4a7c15 + (b_ >> 29);
  }
  std::string text() const { return fmt::format("{:016x}{:016x}", a_, b_); }

 private:
  std::uint64_t a_ = 0xcbf29ce484222325, b_ = 0x84222325cbf29ce4;
};

Expected<void> add_part(Hash& hash, int source, off_t offset, std::size_t size) {
  std::string bytes(size, '\0');
  const std::ptrdiff_t got = read_at(source, bytes, static_cast<std::uint64_t>(offset));
  if (got < 0) return fail_errno("open", "reading the source", errno);
  hash.add(std::string_view(bytes.data(), static_cast<std::size_t>(got)));
  return {};
}

Expected<std::string> identity(const WorkKey& key, int source) {
  constexpr off_t kPart = 1 << 20;
  const off_t size = key.source.st_size;
  Hash hash;
  hash.add(fmt::format("{} {}.{:09} {}", size, key.source.st_mtim.tv_sec, key.source.st_mtim.tv_nsec, key.options));
  HEVCPOOL_CHECK(add_part(hash, source, 0, static_cast<std::size_t>(std::min(size, kPart))));
  if (size > kPart) HEVCPOOL_CHECK(add_part(hash, source, std::max(kPart, size - kPart), static_cast<std::size_t>(kPart)));
  return hash.text();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), &::closedir);
  while (entries) {
    const dirent* entry = ::readdir(entries.get());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

bool is_segment(const std::string& name) { return name.ends_with(kSegmentEnding) && !name.starts_with('.'); }

// Only what this program makes, and only one level deep.
void remove_folder(const std::string& path) {
  for (const auto& name : names_in(path)) ::unlink((path + "/" + name).c_str());
  ::rmdir(path.c_str());
}

std::string read_small(int fd) {
  std::array<char, 4096> bytes{};
  const ssize_t got = ::pread(fd, bytes.data(), bytes.size(), 0);
  return got > 0 ? std::string(bytes.data(), static_cast<std::size_t>(got)) : std::string();
}

// Opens a folder's job file and locks it, unless somebody else has.
UniqueFd lock_job(const std::string& path, int flags) {
  UniqueFd fd(::open((path + kJobFile).c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (fd.valid() && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.reset();
  return fd;
}

// What names a work folder: nothing else in .hevcpool is ours.
bool is_hash(const std::string& name) {
  return name.size() == 32 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

std::string removal_problem(const std::string& path) {
  return ::rmdir(path.c_str()) == 0 ? std::string() : errno_name(errno);
}

Leftover examine(const std::string& path) {
  Leftover leftover;
  leftover.folder = path;
  for (const auto& name : names_in(path)) {
    struct stat status {};
    if (::lstat((path + "/" + name).c_str(), &status) != 0) continue;
    leftover.segments += is_segment(name);
    leftover.bytes += static_cast<std::uint64_t>(status.st_size);
  }
  return leftover;
}

std::size_t remove_outdated(const std::string& all, const std::string& hash, const std::string& output) {
  std::size_t removed = 0;
  for (const auto& name : names_in(all)) {
    if (name == hash) continue;
    const UniqueFd lock = lock_job(all + "/" + name, O_RDONLY);
    if (!lock.valid() || read_small(lock.get()) != output) continue;
    remove_folder(all + "/" + name);
    ++removed;
  }
  return removed;
}

}  // namespace

Expected<WorkFolder> WorkFolder::open(const WorkKey& key, int source) {
  WorkFolder folder;
  HEVCPOOL_ASSIGN(folder.hash_, identity(key, source));
  const std::string all = folder_of(key.output) + "/.hevcpool";
  const std::string output = name_of(key.output);
  folder.outdated_ = remove_outdated(all, folder.hash_, output);
  folder.path_ = all + "/" + folder.hash_;
  HEVCPOOL_CHECK(make_folders(folder.path_));
  // Two copies of one job may share the folder; then only the first has the lock.
  folder.lock_ = lock_job(folder.path_, O_RDWR | O_CREAT);
  if (folder.lock_.valid() && ::pwrite(folder.lock_.get(), output.data(), output.size(), 0) < 0)
    return fail_errno("open", "writing into the work folder", errno);
  return folder;
}

std::vector<std::string> WorkFolder::segments() const {
  auto names = names_in(path_);
  std::erase_if(names, [](const auto& name) { return !is_segment(name); });
  return names;
}

Expected<UniqueFd> WorkFolder::read(const std::string& name) const {
  UniqueFd fd(::open((path_ + "/" + name).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd.valid()) return fail_errno("open", "opening a finished segment", errno);
  return fd;
}

Expected<Temporary> WorkFolder::begin(const std::string& name) const { return Temporary::create(path_ + "/" + name); }

Expected<void> WorkFolder::finish(Temporary temporary, const std::string& name) const {
  HEVCPOOL_CHECK(temporary.link_new(path_ + "/" + name));
  return {};
}

void WorkFolder::discard(const std::string& name) const { ::unlink((path_ + "/" + name).c_str()); }

void WorkFolder::remove() {
  if (path_.empty()) return;
  remove_folder(path_);
  ::rmdir(folder_of(path_).c_str());  // unless it holds something else
  *this = {};
}

void WorkFolder::remove_if_empty() {
  if (!path_.empty() && segments().empty()) remove();
}

void forget_work_for(const std::string& output) {
  const std::string all = folder_of(output) + "/.hevcpool";
  if (remove_outdated(all, {}, name_of(output)) > 0) ::rmdir(all.c_str());  // unless it holds something else
}

std::vector<Leftover> clean_work_folders(const std::string& folder, bool look_only) {
  const std::string all = folder + "/.hevcpool";
  std::vector<Leftover> found;
  for (const auto& name : names_in(all)) {
    const std::string path = all + "/" + name;
    if (!is_hash(name)) continue;
    // A crash may have come before the job file.
    const UniqueFd lock = lock_job(path, look_only ? O_RDONLY : O_RDWR | O_CREAT);
    const bool was_locked = !lock.valid() && exists(path + kJobFile);
    if (was_locked) continue;
    Leftover leftover = examine(path);
    if (lock.valid()) leftover.output = read_small(lock.get());
    if (!look_only) remove_folder(path);
    if (!look_only && exists(path)) leftover.problem = removal_problem(path);
    found.push_back(std::move(leftover));
  }
  if (!look_only) ::rmdir(all.c_str());
  return found;
}

}  // namespace hevcpool::host
