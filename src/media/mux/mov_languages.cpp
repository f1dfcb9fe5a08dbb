// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/mov_languages.h"

#include "base/io.h"
#include "media/containers/mp4_boxes.h"
#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>

namespace hevcpool::media {
namespace {

// Five bits for each letter. Nothing for what has not three small letters.
std::optional<std::array<char, 2>> packed(std::string_view language) {
  const auto is_small = [](char letter) { return letter >= 'a' && letter <= 'z'; };
  if (language.size() != 3 || !std::ranges::all_of(language, is_small)) return std::nullopt;
  unsigned code = 0;
  for (const char letter : language) code = code << 5U | static_cast<unsigned>(letter - 0x60);
  return std::array{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
}

}  // namespace

Expected<void> write_mov_languages(int fd, const AVFormatContext& output) {
  for (const Mp4Track& track : read_mp4_tracks(fd)) {
    if (track.id == 0 || track.id > output.nb_streams || track.language_code_at == 0) continue;
    const AVStream& stream = *output.streams[track.id - 1];  // the muxer counts its tracks from 1
    const auto code = packed(tag_value(stream.metadata, "language"));
    if (code && !write_at(fd, *code, track.language_code_at)) return fail_errno("mux", "writing languages", errno);
  }
  return {};
}

}  // namespace hevcpool::media
