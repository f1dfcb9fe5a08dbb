// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/status_page.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>

namespace hevcpool::pool {

Expected<std::unique_ptr<StatusPage>> StatusPage::make(unsigned slots) {
  const std::size_t bytes = slots * sizeof(std::atomic<pid_t>);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("pool", "mmap", errno);
  auto* pids = static_cast<std::atomic<pid_t>*>(memory);
  for (unsigned i = 0; i < slots; ++i) new (pids + i) std::atomic<pid_t>(0);
  return std::unique_ptr<StatusPage>(new StatusPage(pids, bytes));
}

StatusPage::~StatusPage() { ::munmap(slots_, bytes_); }

void StatusPage::keep_from_children() { ::madvise(slots_, bytes_, MADV_DONTFORK); }

}  // namespace hevcpool::pool
