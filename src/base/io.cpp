// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/io.h"

#include <sys/types.h>
#include <unistd.h>

#include <cerrno>

namespace hevcpool {

std::ptrdiff_t read_at(int fd, std::span<char> out, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<std::ptrdiff_t>(done);
}

bool write_at(int fd, std::span<const char> data, std::uint64_t offset) {
  for (std::size_t done = 0; done < data.size();) {
    const ssize_t put = ::pwrite(fd, data.data() + done, data.size() - done, static_cast<off_t>(offset + done));
    if (put < 0 && errno == EINTR) continue;
    if (put == 0) errno = EIO;
    if (put <= 0) return false;
    done += static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace hevcpool
