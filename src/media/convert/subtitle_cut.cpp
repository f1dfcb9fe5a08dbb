// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/convert/subtitle_cut.h"

extern "C" {
#include <libavutil/intreadwrite.h>
}

#include <algorithm>
#include <functional>
#include <span>

namespace hevcpool::media {
namespace {

using Data = std::span<const std::uint8_t>;

Data data_of(const AVPacket& packet) { return {packet.data, static_cast<std::size_t>(std::max(packet.size, 0))}; }

// A presentation composition segment begins each display set.
ScreenChange pgs_change(Data data) {
  constexpr std::uint8_t kComposition = 0x16, kNormal = 0x00;
  constexpr std::size_t kSegmentHeader = 3, kState = 7, kObjects = 10;
  ScreenChange change;
  while (data.size() >= kSegmentHeader) {
    const std::size_t size = kSegmentHeader + AV_RB16(&data[1]);
    if (data[0] == kComposition && data.size() > kSegmentHeader + kObjects)
      change = {true, data[kSegmentHeader + kState] != kNormal, data[kSegmentHeader + kObjects] == 0};
    if (size >= data.size()) break;
    data = data.subspan(size);
  }
  return change;
}

// Its page composition segment lists the regions that are shown.
ScreenChange dvb_change(Data data) {
  constexpr std::uint8_t kSync = 0x0f, kPageComposition = 0x10;
  constexpr std::size_t kSegmentHeader = 6, kPageHeader = 2;
  ScreenChange change;
  while (data.size() >= kSegmentHeader && data[0] == kSync) {
    const std::size_t length = AV_RB16(&data[4]);
    if (data[1] == kPageComposition && length >= kPageHeader && data.size() > kSegmentHeader + 1)
      change = {true, (data[kSegmentHeader + 1] >> 2 & 3) != 0, length == kPageHeader};
    if (kSegmentHeader + length >= data.size()) break;
    data = data.subspan(kSegmentHeader + length);
  }
  return change;
}

constexpr std::int64_t kTicksPerDate = 1024;  // a date counts in 1024/90000 s
constexpr std::uint8_t kStop = 0x02, kEndOfCommands = 0xff;

// Bytes of a command with its arguments; 0 for one that is not known.
std::size_t command_size(std::uint8_t command) {
  switch (command) {
    case 0x00: case 0x01: case kStop: return 1;
    case 0x03: case 0x04: return 3;
    case 0x05: return 7;
    case 0x06: return 5;
    default: return 0;
  }
}

bool takes_picture_away(Data commands) {
  while (!commands.empty() && commands[0] != kEndOfCommands) {
    if (commands[0] == kStop) return true;
    const std::size_t size = command_size(commands[0]);
    if (size == 0 || size >= commands.size()) return false;
    commands = commands.subspan(size);
  }
  return false;
}

// Calls `visit` with the place of each control sequence that takes the picture away.
void visit_stops(Data data, const std::function<void(std::size_t)>& visit) {
  constexpr std::size_t kSequenceHeader = 4;
  if (data.size() < kSequenceHeader) return;
  std::size_t place = AV_RB16(&data[2]);
  while (place + kSequenceHeader < data.size()) {
    if (takes_picture_away(data.subspan(place + kSequenceHeader))) visit(place);
    const std::size_t next = AV_RB16(&data[place + 2]);
    if (next <= place) return;  // the last one names itself
    place = next;
  }
}

}  // namespace

ScreenChange screen_change(AVCodecID codec, const AVPacket& packet) {
  switch (codec) {
    case AV_CODEC_ID_HDMV_PGS_SUBTITLE: return pgs_change(data_of(packet));
    case AV_CODEC_ID_DVB_SUBTITLE: return dvb_change(data_of(packet));
    default: return {true, true, packet.size == 0};
  }
}

std::int64_t dvd_subtitle_length(const AVPacket& packet) {
  std::int64_t length = -1;
  visit_stops(data_of(packet), [&](std::size_t place) {
    if (length < 0) length = AV_RB16(packet.data + place) * kTicksPerDate;
  });
  return length;
}

void shorten_dvd_subtitle(AVPacket& packet, std::int64_t skipped, std::int64_t length) {
  visit_stops(data_of(packet), [&](std::size_t place) {
    const std::int64_t date = AV_RB16(packet.data + place) * kTicksPerDate;
    const std::int64_t wanted = std::clamp<std::int64_t>(date - skipped, 0, std::max<std::int64_t>(length, 0));
    AV_WB16(packet.data + place, static_cast<unsigned>(wanted / kTicksPerDate));
  });
}

}  // namespace hevcpool::media
