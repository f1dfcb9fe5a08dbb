// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/measured_file.h"

#include "base/io.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool::host {
namespace {

constexpr off_t kMost = 256 << 20;

}  // namespace

UniqueFd make_measured_file() {
  UniqueFd file(::memfd_create("measured", MFD_CLOEXEC));
  return file.valid() ? std::move(file) : UniqueFd(::open("/dev/null", O_RDWR | O_CLOEXEC));
}

UniqueFd duplicate_of(const UniqueFd& file) { return UniqueFd(::fcntl(file.get(), F_DUPFD_CLOEXEC, 0)); }

std::string read_measured_file(const UniqueFd& file) {
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || status.st_size > kMost) return {};
  std::string text(static_cast<std::size_t>(status.st_size), '\0');
  return read_at(file.get(), text, 0) == std::ssize(text) ? text : std::string();
}

}  // namespace hevcpool::host
