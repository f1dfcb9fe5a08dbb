// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/shared_atomic.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <utility>

namespace hevcpool::pool {
namespace {

constexpr std::size_t kBytes = sizeof(CrashContext::Word);  // the kernel makes it a page

}  // namespace

Expected<SharedAtomic> SharedAtomic::make() {
  void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("pool", "mmap", errno);
  return SharedAtomic(new (memory) CrashContext::Word(0));
}

SharedAtomic::SharedAtomic(SharedAtomic&& other) noexcept : word_(std::exchange(other.word_, nullptr)) {}

SharedAtomic& SharedAtomic::operator=(SharedAtomic&& other) noexcept {
  std::swap(word_, other.word_);
  return *this;
}

SharedAtomic::~SharedAtomic() {
  if (word_) ::munmap(static_cast<void*>(word_), kBytes);
}

void SharedAtomic::keep_from_children() {
  if (word_) ::madvise(static_cast<void*>(word_), kBytes, MADV_DONTFORK);
}

}  // namespace hevcpool::pool
