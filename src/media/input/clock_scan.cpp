// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/clock_scan.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace hevcpool::media {
namespace {

constexpr std::int64_t kWrap = std::int64_t{1} << 33;
constexpr std::int64_t kSecond = 90'000;
constexpr int kPlaces = 24;
constexpr std::size_t kTransportPiece = 128 << 10, kProgramPiece = 16 << 10;
constexpr std::uint8_t kSync = 0x47;

// How far apart packets are, and where the first one is; 0 when the data is no transport stream.
std::size_t packet_distance(std::span<const std::uint8_t> data, std::size_t& first) {
  constexpr std::size_t kPackets = 5;
  for (const std::size_t distance : {std::size_t{188}, std::size_t{192}, std::size_t{204}})
    for (first = 0; first < distance && first + kPackets * distance <= data.size(); ++first) {
      bool all = true;
      for (std::size_t n = 0; n < kPackets && all; ++n) all = data[first + n * distance] == kSync;
      if (all) return distance;
    }
  return 0;
}

std::vector<std::uint8_t> piece_at(AVIOContext& io, std::int64_t place, std::size_t size) {
  std::vector<std::uint8_t> data(size);
  const bool there = avio_seek(&io, place, SEEK_SET) >= 0;
  const int got = there ? avio_read(&io, data.data(), static_cast<int>(size)) : 0;
  data.resize(static_cast<std::size_t>(std::max(got, 0)));
  return data;
}

std::int64_t signed_step(std::int64_t from, std::int64_t to) {
  const std::int64_t step = ((to - from) % kWrap + kWrap) % kWrap;
  return step >= kWrap / 2 ? step - kWrap : step;
}

}  // namespace

std::int64_t transport_clock(std::span<const std::uint8_t> data, int& pid) {
  std::size_t place = 0;
  const std::size_t distance = packet_distance(data, place);
  for (; distance > 0 && place + 188 <= data.size(); place += distance) {
    const std::uint8_t* packet = data.data() + place;
    const bool has_clock = packet[0] == kSync && (packet[3] & 0x20) != 0 && packet[4] >= 7 && (packet[5] & 0x10) != 0;
    const int of = (packet[1] & 0x1f) << 8 | packet[2];
    if (!has_clock || (pid >= 0 && of != pid)) continue;
    pid = of;
    return std::int64_t{packet[6]} << 25 | packet[7] << 17 | packet[8] << 9 | packet[9] << 1 | packet[10] >> 7;
  }
  return -1;
}

std::int64_t program_clock(std::span<const std::uint8_t> data) {
  constexpr std::array<std::uint8_t, 4> kPack = {0, 0, 1, 0xba};
  const auto found = std::ranges::search(data, kPack);
  if (found.empty() || data.end() - found.begin() < 9) return -1;
  const std::uint8_t* b = &*found.begin() + 4;
  if ((b[0] & 0xc0) == 0x40)  // MPEG-2
    return std::int64_t{b[0] >> 3 & 7} << 30 | (b[0] & 3) << 28 | b[1] << 20 | (b[2] >> 3) << 15 | (b[2] & 3) << 13 |
           b[3] << 5 | b[4] >> 3;
  if ((b[0] & 0xf0) == 0x20) return std::int64_t{b[0] >> 1 & 7} << 30 | b[1] << 22 | (b[2] >> 1) << 15 | b[3] << 7 | b[4] >> 1;
  return -1;
}

bool jumps(std::span<const std::int64_t> clocks) {
  std::vector<std::int64_t> steps;
  for (std::size_t n = 1; n < clocks.size(); ++n) steps.push_back(signed_step(clocks[n - 1], clocks[n]));
  if (steps.empty()) return false;
  if (std::ranges::any_of(steps, [](std::int64_t step) { return step < -kSecond / 10; })) return true;
  std::vector<std::int64_t> sorted = steps;
  std::ranges::sort(sorted);
  constexpr std::int64_t kFar = 20;  // times the usual step: no bit rate varies like that
  return sorted.back() > 10 * kSecond && sorted.back() > kFar * std::max<std::int64_t>(1, sorted[sorted.size() / 2]);
}

bool clock_jumps(const InputFile& file) {
  const AVFormatContext& format = file.format();
  const std::string_view name = format.iformat->name;
  const bool transport = name == "mpegts", program = name == "mpeg";
  if ((!transport && !program) || (format.pb->seekable & AVIO_SEEKABLE_NORMAL) == 0) return false;
  const std::int64_t size = avio_size(format.pb), position = avio_tell(format.pb);
  const std::size_t piece = transport ? kTransportPiece : kProgramPiece;
  const std::int64_t last = std::max<std::int64_t>(0, size - static_cast<std::int64_t>(piece));
  std::vector<std::int64_t> clocks;
  int pid = -1;
  for (int n = 0; n <= kPlaces; ++n) {
    const auto data = piece_at(*format.pb, last / kPlaces * n, piece);
    const std::int64_t clock = transport ? transport_clock(data, pid) : program_clock(data);
    if (clock >= 0) clocks.push_back(clock);
  }
  avio_seek(format.pb, position, SEEK_SET);
  return jumps(clocks);
}

}  // namespace hevcpool::media
