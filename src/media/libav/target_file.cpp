// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/target_file.h"

#include <cerrno>
#include <unistd.h>

namespace hevcpool::media {

Expected<void> write_file(int fd, std::span<const std::uint8_t> bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = pwrite(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail_errno("mux", "write", put < 0 ? errno : EIO);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

}  // namespace hevcpool::media
