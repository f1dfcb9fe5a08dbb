// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/term/list_file.h"

#include "plan/paths/outputs.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace hevcpool::cli {
namespace fs = std::filesystem;

Expected<UniqueFd> create_report(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
  if (!fd.valid()) return fail_errno("usage", fmt::format("cannot write '{}'", path), errno);
  return fd;
}

Expected<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno("report", "write", errno);
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Expected<ListFile> ListFile::create(const std::string& path, Writing writing) {
  if (writing == Writing::at_once) {
    HEVCPOOL_ASSIGN(UniqueFd fd, create_report(path));
    return ListFile(path, std::move(fd));
  }
  std::error_code error;
  const fs::path place = fs::canonical(path, error);
  if (error) return fail_errno("usage", fmt::format("cannot write '{}'", path), error.value());
  HEVCPOOL_CHECK(plan::require_writable(place.parent_path().native(), false));
  return ListFile(place.native(), {});
}

Expected<void> ListFile::add(const std::string& name) {
  names_.push_back(name);
  const bool starts_over = separator_ == '\n' && name.find('\n') != std::string::npos;
  if (starts_over) separator_ = '\0';
  if (waits()) return {};
  return starts_over ? start_over_with_nul() : write_all(fd_.get(), name + separator_);
}

std::string ListFile::text() const {
  std::string text;
  for (const std::string& name : names_) text += name + separator_;
  return text;
}

Expected<void> ListFile::start_over_with_nul() {
  if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) < 0)
    return fail_errno("report", "rewrite", errno);
  return write_all(fd_.get(), text());
}

Expected<void> ListFile::finish() const {
  if (!waits()) return {};
  struct stat old {};
  if (::stat(path_.c_str(), &old) != 0) return fail_errno("report", "looking at '" + path_ + "'", errno);
  std::string temporary = path_ + ".XXXXXX";
  const UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd.valid()) return fail_errno("report", "making '" + temporary + "'", errno);
  auto written = write_all(fd.get(), text());
  if (written && (::fchmod(fd.get(), old.st_mode & 07777) != 0 || ::fsync(fd.get()) != 0 ||
                  ::rename(temporary.c_str(), path_.c_str()) != 0))
    written = fail_errno("report", "replacing '" + path_ + "'", errno);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace hevcpool::cli
