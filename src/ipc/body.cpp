// SPDX-License-Identifier: GPL-2.0-or-later
#include "ipc/body.h"

#include "base/io.h"
#include "ipc/message.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool::ipc {
namespace {

constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

}  // namespace

Expected<UniqueFd> make_body(std::string_view text) {
  if (text.size() > kMaxBody) return fail("pool", "too_large", "a body of more than 256 MiB");
  UniqueFd file(::memfd_create("hevcpool-body", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return fail_errno("pool", "memfd_create", errno);
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t wrote = ::write(file.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return fail_errno("pool", "write to a memfd", errno);
    done += static_cast<std::size_t>(wrote);
  }
  if (::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return fail_errno("pool", "sealing a memfd", errno);
  return file;
}

std::string_view problem_with_body_file(int fd, std::size_t size) {
  const int seals = ::fcntl(fd, F_GET_SEALS);
  if (seals < 0 || (seals & kSeals) != kSeals) return "the body is not in a sealed memfd";
  struct stat status{};
  if (::fstat(fd, &status) != 0 || status.st_size < 0 || static_cast<std::size_t>(status.st_size) != size)
    return "the memfd is not as long as the header says";
  return {};
}

Expected<std::string> read_body(int fd, std::size_t size) {
  if (size > kMaxBody) return fail("pool", "protocol", "the body is larger than allowed");
  if (const auto problem = problem_with_body_file(fd, size); !problem.empty())
    return fail("pool", "protocol", std::string(problem));
  std::string text(size, '\0');
  const std::ptrdiff_t got = read_at(fd, text, 0);
  if (got != std::ssize(text)) return fail_errno("pool", "read from a memfd", got < 0 ? errno : EIO);
  return text;
}

}  // namespace hevcpool::ipc
