// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/boxed_webvtt.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace hevcpool::media {
namespace {

// The first box of `bytes`, which it is taken from: its type and what is inside.
std::optional<std::pair<std::string_view, std::string_view>> take_box(std::string_view& bytes) {
  if (bytes.size() < 8) return std::nullopt;
  std::size_t size = 0;
  for (std::size_t n = 0; n < 4; ++n) size = size << 8 | static_cast<std::uint8_t>(bytes[n]);
  if (size < 8 || size > bytes.size()) return std::nullopt;
  const auto box = std::pair(bytes.substr(4, 4), bytes.substr(8, size - 8));
  bytes.remove_prefix(size);
  return box;
}

bool add_side_data(AVPacket& packet, AVPacketSideDataType type, std::string_view text) {
  if (text.empty()) return true;
  std::uint8_t* data = av_packet_new_side_data(&packet, type, text.size());
  if (data != nullptr) std::ranges::copy(text, data);
  return data != nullptr;
}

Expected<PacketPtr> cue_packet(const AVPacket& sample, std::string_view boxes) {
  std::string_view text, settings, identifier;
  while (const auto box = take_box(boxes)) {
    if (box->first == "payl") text = box->second;
    if (box->first == "sttg") settings = box->second;
    if (box->first == "iden") identifier = box->second;
  }
  PacketPtr packet(av_packet_alloc());
  if (!packet || av_new_packet(packet.get(), static_cast<int>(text.size())) < 0 ||
      av_packet_copy_props(packet.get(), &sample) < 0 ||
      !add_side_data(*packet, AV_PKT_DATA_WEBVTT_IDENTIFIER, identifier) ||
      !add_side_data(*packet, AV_PKT_DATA_WEBVTT_SETTINGS, settings))
    return fail_av("demux", "a cue", AVERROR(ENOMEM));
  std::ranges::copy(text, packet->data);
  packet->stream_index = sample.stream_index;
  return packet;
}

}  // namespace

Expected<std::deque<PacketPtr>> unbox_webvtt(const AVPacket& sample) {
  std::deque<PacketPtr> cues;
  std::string_view boxes(reinterpret_cast<const char*>(sample.data), static_cast<std::size_t>(sample.size));
  while (const auto box = take_box(boxes)) {
    if (box->first != "vttc") continue;
    HEVCPOOL_ASSIGN(PacketPtr cue, cue_packet(sample, box->second));
    cues.push_back(std::move(cue));
  }
  return cues;
}

}  // namespace hevcpool::media
