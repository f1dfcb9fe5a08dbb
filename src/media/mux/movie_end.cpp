// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/movie_end.h"

extern "C" {
#include <libavutil/intreadwrite.h>
#include <libavutil/macros.h>
}

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace hevcpool::media {
namespace {

using Boxes = std::span<std::uint8_t>;

constexpr std::uint32_t kMovie = MKBETAG('m', 'o', 'o', 'v'), kMovieHeader = MKBETAG('m', 'v', 'h', 'd');
constexpr std::uint32_t kTrack = MKBETAG('t', 'r', 'a', 'k'), kTrackHeader = MKBETAG('t', 'k', 'h', 'd');
constexpr std::uint32_t kEdit = MKBETAG('e', 'd', 't', 's'), kEditList = MKBETAG('e', 'l', 's', 't');
constexpr std::size_t kHeader = 8, kLargeHeader = 16, kVersion = 4;
constexpr std::uint64_t kLargestMovie = std::uint64_t{256} << 20;

struct Place {
  std::uint64_t at = 0, size = 0;
};

// The index of the file.
Expected<Place> find_movie(int fd) {
  std::uint8_t head[kLargeHeader];
  for (std::uint64_t at = 0;;) {
    const ssize_t got = pread(fd, head, sizeof head, static_cast<off_t>(at));
    if (got < static_cast<ssize_t>(kHeader)) return Place{};
    std::uint64_t size = AV_RB32(head);
    if (size == 1 && got == static_cast<ssize_t>(kLargeHeader)) size = AV_RB64(head + kHeader);
    if (size < kHeader) return Place{};
    if (AV_RB32(head + 4) == kMovie) return Place{at, size};
    at += size;
  }
}

// The contents of the boxes of that type.
std::vector<Boxes> inside(Boxes boxes, std::uint32_t type) {
  std::vector<Boxes> found;
  while (boxes.size() >= kHeader) {
    const std::size_t size = AV_RB32(boxes.data());
    if (size < kHeader || size > boxes.size()) break;
    if (AV_RB32(&boxes[4]) == type) found.push_back(boxes.subspan(kHeader, size - kHeader));
    boxes = boxes.subspan(size);
  }
  return found;
}

// A number that is wider in version 1 of its box.
std::uint64_t read(Boxes box, std::size_t at) {
  return box[0] == 1 ? AV_RB64(&box[at]) : AV_RB32(&box[at]);
}
void write(Boxes box, std::size_t at, std::uint64_t value) {
  if (box[0] == 1) AV_WB64(&box[at], value);
  else AV_WB32(&box[at], static_cast<std::uint32_t>(value));
}

void limit(Boxes box, std::size_t at, std::uint64_t most) {
  const std::size_t width = box[0] == 1 ? 8 : 4;
  if (box.size() >= at + width) write(box, at, std::min(read(box, at), most));
}

// After the version, the entries' number, and per entry a length, a place in the track and a rate.
void limit_edits(Boxes list, std::uint64_t most) {
  if (list.size() < 2 * kVersion) return;
  const std::size_t entry = list[0] == 1 ? 20 : 12;
  std::uint64_t before = 0;
  std::size_t at = 2 * kVersion;
  for (std::uint32_t n = AV_RB32(&list[kVersion]); n > 0 && at + entry <= list.size(); --n, at += entry) {
    const std::uint64_t length = std::min(read(list, at), most - before);
    write(list, at, length);
    before += length;
  }
}

void limit_track(Boxes track, std::uint64_t most) {
  const auto edits = inside(track, kEdit);
  if (edits.empty()) return;
  for (const Boxes list : inside(edits.front(), kEditList)) limit_edits(list, most);
  for (const Boxes header : inside(track, kTrackHeader)) limit(header, header[0] == 1 ? 28 : 20, most);
}

void limit_movie(Boxes movie, double seconds) {
  for (const Boxes header : inside(movie, kMovieHeader)) {
    if (header.size() < 32) return;
    const std::uint32_t ticks_per_second = AV_RB32(&header[header[0] == 1 ? 20 : 12]);
    const auto most = static_cast<std::uint64_t>(std::llround(seconds * ticks_per_second));
    limit(header, header[0] == 1 ? 24 : 16, most);
    for (const Boxes track : inside(movie, kTrack)) limit_track(track, most);
  }
}

}  // namespace

Expected<void> end_movie_at(int fd, double seconds) {
  HEVCPOOL_ASSIGN(const Place place, find_movie(fd));
  if (place.size <= kHeader || place.size > kLargestMovie) return {};
  std::vector<std::uint8_t> movie(place.size);
  const auto at = static_cast<off_t>(place.at);
  if (pread(fd, movie.data(), movie.size(), at) != static_cast<ssize_t>(movie.size()))
    return fail("mux", "io", "the index that was written cannot be read");
  limit_movie(Boxes(movie).subspan(kHeader), seconds);
  if (pwrite(fd, movie.data(), movie.size(), at) != static_cast<ssize_t>(movie.size()))
    return fail("mux", "io", "the index cannot be written");
  return {};
}

}  // namespace hevcpool::media
