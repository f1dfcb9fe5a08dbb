// SPDX-License-Identifier: GPL-2.0-or-later
// A word of memory that a worker shares with its supervisor, and with nobody else. Made before the fork, by the
// supervisor; a plain number, of which nothing is believed. Unmapped with the object; the worker keeps its mapping.
#pragma once

#include "base/crash_context.h"
#include "base/error.h"

namespace hevcpool::pool {

class SharedAtomic {
 public:
  SharedAtomic() = default;
  static Expected<SharedAtomic> make();
  SharedAtomic(SharedAtomic&& other) noexcept;
  SharedAtomic& operator=(SharedAtomic&& other) noexcept;
  ~SharedAtomic();

  CrashContext::Word& word() { return *word_; }
  // 0 where there is none.
  std::uint64_t value() const { return word_ ? word_->load(std::memory_order_relaxed) : 0; }
  // Workers that are forked from now on do not get it.
  void keep_from_children();

 private:
  explicit SharedAtomic(CrashContext::Word* word) : word_(word) {}
  CrashContext::Word* word_ = nullptr;  // a mapping of a page; unmapped by the destructor
};

}  // namespace hevcpool::pool
