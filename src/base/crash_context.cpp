// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/crash_context.h"

#include <algorithm>
#include <array>

namespace hevcpool {
namespace {

constexpr std::array<std::string_view, 7> kNames = {"", "open", "demux", "decode", "filter", "encode", "mux"};
constexpr std::uint64_t kFrameMask = 0xffff'ffff;

// The process has one state, whatever objects it has: like a flag that a signal sets, only that death reads it.
CrashContext::Word own_word{0};
std::atomic<CrashContext::Word*> word{&own_word};

CrashContext::Word& place() { return *word.load(std::memory_order_relaxed); }
constexpr std::uint64_t bits(Stage stage) { return static_cast<std::uint64_t>(stage) << 56; }

}  // namespace

std::string_view to_string(Stage stage) {
  const auto number = static_cast<std::size_t>(stage);
  return number < kNames.size() ? kNames[number] : std::string_view{};
}

// Two stores of two threads may lose one another's half; the next ones put that right.
Stage CrashContext::at(Stage stage) {
  const std::uint64_t now = place().load(std::memory_order_relaxed);
  place().store((now & kFrameMask) | bits(stage), std::memory_order_relaxed);
  return stage_in(now);
}

void CrashContext::frame(std::uint64_t number) {
  const std::uint64_t now = place().load(std::memory_order_relaxed);
  place().store((now & ~kFrameMask) | std::min(number, kFrameMask), std::memory_order_relaxed);
}

void CrashContext::nothing() { place().store(0, std::memory_order_relaxed); }

void CrashContext::write_to(Word& there) { word.store(&there, std::memory_order_relaxed); }

}  // namespace hevcpool
