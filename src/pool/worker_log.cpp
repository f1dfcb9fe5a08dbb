// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/worker_log.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace hevcpool::pool {
namespace {

constexpr off_t kLogLimit = 1 << 20;

}  // namespace

Expected<UniqueFd> make_log() {
  UniqueFd log(::memfd_create("hevcpool-log", MFD_CLOEXEC));
  if (!log.valid()) return fail_errno("pool", "memfd_create", errno);
  if (::fcntl(log.get(), F_SETFL, O_APPEND) != 0) return fail_errno("pool", "fcntl", errno);
  return log;
}

std::string log_tail(int log) {
  const off_t size = ::lseek(log, 0, SEEK_END);
  if (size <= 0) return {};
  const off_t start = std::max<off_t>(0, size - static_cast<off_t>(kLogTail));
  std::string text(static_cast<std::size_t>(size - start), '\0');
  const ssize_t got = ::pread(log, text.data(), text.size(), start);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  if (start == 0) return text;
  const auto line = text.find('\n');
  return line == std::string::npos || line + 1 == text.size() ? text : text.substr(line + 1);
}

void empty_log(int log) {
  if (::lseek(log, 0, SEEK_END) > 0 && ::ftruncate(log, 0) != 0) return;  // the next tail is longer, nothing worse
}

void bound_log(int log) {
  if (::lseek(log, 0, SEEK_END) <= kLogLimit) return;
  const std::string tail = log_tail(log);
  if (::ftruncate(log, 0) != 0 || ::write(log, tail.data(), tail.size()) < 0) return;
}

}  // namespace hevcpool::pool
