// SPDX-License-Identifier: GPL-2.0-or-later
// The stages that an encode's time is divided into. Pure values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hevcpool::profile {

enum class Stage : std::uint8_t {
  open,       // container, decoder, filters and encoder are set up
  read,       // bytes of the source
  demux,      // packets out of those bytes
  decode,
  filter,     // libavfilter: --vf, scaling, deinterlacing
  scale,      // into the encoder's pixel format and size
  input,      // x265 copies the picture
  lookahead,  // x265 decides on slice types: the worker's thread does it, or waits for it
  wait,       // the worker's thread waits for x265's frame thread
  encode,     // x265's own threads
  audio,      // other streams: sound, subtitles
  mux,
  write,      // bytes of the output
  other,      // the rest of the task
  x265_call,  // inside the recorder only: becomes input, lookahead and wait
};
inline constexpr std::size_t kStages = static_cast<std::size_t>(Stage::x265_call) + 1;
inline constexpr std::array<std::string_view, kStages> kStageNames = {
    "open", "read", "demux", "decode", "filter", "scale", "input", "lookahead", "wait", "encode", "audio", "mux",
    "write", "other", "x265_call"};

constexpr std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }
constexpr std::string_view name(Stage stage) { return kStageNames[index(stage)]; }
constexpr std::optional<Stage> stage_named(std::string_view text) {
  for (std::size_t n = 0; n < kStages; ++n)
    if (kStageNames[n] == text) return static_cast<Stage>(n);
  return std::nullopt;
}

}  // namespace hevcpool::profile
