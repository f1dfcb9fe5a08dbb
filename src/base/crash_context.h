// SPDX-License-Identifier: GPL-2.0-or-later
// What this process is at: one word that the media code writes all the time and that is read by whoever has to
// explain the process's death. By default the word is the process's own; a worker's lies in memory that its
// supervisor shares, so that it outlives even SIGKILL. The reader believes nothing of it.
// Any thread may write; the last one wins.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

namespace hevcpool {

enum class Stage : std::uint8_t { none, open, demux, decode, filter, encode, mux };
// "decode"; empty for none, and for what is no stage.
std::string_view to_string(Stage stage);

class CrashContext {
 public:
  using Word = std::atomic<std::uint64_t>;
  static_assert(Word::is_always_lock_free);

  // This process is at `stage` for as long as the object lives; then again at what it was at before.
  explicit CrashContext(Stage stage) : before_(at(stage)) {}
  ~CrashContext() { at(before_); }
  CrashContext(const CrashContext&) = delete;
  CrashContext& operator=(const CrashContext&) = delete;

  // The frame at work, counted from 1.
  static void frame(std::uint64_t number);
  // Nothing yet: a new job.
  static void nothing();
  // From now on the word is there. It must live as long as the process.
  static void write_to(Word& place);

  // Parts of a word that somebody else wrote.
  static Stage stage_in(std::uint64_t word) { return static_cast<Stage>(word >> 56); }
  static std::uint32_t frame_in(std::uint64_t word) { return static_cast<std::uint32_t>(word); }

 private:
  static Stage at(Stage stage);  // returns the one before
  const Stage before_;
};

}  // namespace hevcpool
