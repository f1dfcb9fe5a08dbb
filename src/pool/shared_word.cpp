// SPDX-License-Identifier: GPL-2.0-or-later
#include "pool/shared_word.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <utility>

namespace hevcpool::pool {
namespace {

constexpr std::size_t kBytes = sizeof(Doing::Word);  // the kernel makes it a page

}  // namespace

Expected<SharedWord> SharedWord::make() {
  void* memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return fail_errno("pool", "mmap", errno);
  return SharedWord(new (memory) Doing::Word(0));
}

SharedWord::SharedWord(SharedWord&& other) noexcept : word_(std::exchange(other.word_, nullptr)) {}

SharedWord& SharedWord::operator=(SharedWord&& other) noexcept {
  std::swap(word_, other.word_);
  return *this;
}

SharedWord::~SharedWord() {
  if (word_) ::munmap(static_cast<void*>(word_), kBytes);
}

void SharedWord::keep_from_children() {
  if (word_) ::madvise(static_cast<void*>(word_), kBytes, MADV_DONTFORK);
}

}  // namespace hevcpool::pool
