// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/hevc/nal.h"

#include <algorithm>
#include <array>

#include "media/hevc/bits.h"

namespace hevcpool::media {
namespace {

constexpr std::array<std::uint8_t, 4> kStartCode{0, 0, 0, 1};

void append_nal(Bytes& out, int type, std::span<const std::uint8_t> escaped) {
  out.insert(out.end(), kStartCode.begin(), kStartCode.end());
  out.push_back(static_cast<std::uint8_t>(type << 1));
  out.push_back(1);  // base layer, lowest temporal sub-layer
  out.insert(out.end(), escaped.begin(), escaped.end());
}

// general_progressive_source_flag and general_interlaced_source_flag, amid the profile's other bits.
void copy_profile(BitReader& in, BitWriter& out, const HeaderEdit& edit) {
  out.copy(in, 2 + 1 + 5 + 32);
  const bool progressive = in.flag(), interlaced = in.flag();
  out.flag(progressive && !edit.interlaced);
  out.flag(interlaced || edit.interlaced);
  out.copy(in, 46 + 8);  // the other constraint flags, and the level
}

void copy_profile_tier_level(BitReader& in, BitWriter& out, std::uint32_t sub_layers,
                             const HeaderEdit& edit) {
  copy_profile(in, out, edit);
  if (sub_layers == 0) return;
  std::size_t bits = 0;
  for (std::uint32_t n = 0; n < 8; ++n) {
    const std::uint32_t present = in.read(2);
    out.write(present, 2);
    if (n < sub_layers) bits += ((present & 2) != 0 ? 88U : 0U) + ((present & 1) != 0 ? 8U : 0U);
  }
  out.copy(in, bits);
}

// Everything up to the stop bit, then a new stop bit: the message may end at another bit now.
void copy_rest(std::span<const std::uint8_t> payload, BitReader& in, BitWriter& out) {
  std::size_t end = payload.size() * 8;
  while (end > 0 && ((payload[(end - 1) / 8] >> (7 - (end - 1) % 8)) & 1) == 0) --end;
  if (end > 0) --end;
  if (end > in.position()) out.copy(in, end - in.position());
  out.flag(true);
  out.align();
}

Bytes edit_vps(std::span<const std::uint8_t> payload, const HeaderEdit& edit) {
  BitReader in(payload);
  BitWriter out;
  out.copy(in, 4 + 2 + 6);
  const std::uint32_t sub_layers = in.read(3);
  out.write(sub_layers, 3);
  out.copy(in, 1 + 16);
  copy_profile_tier_level(in, out, sub_layers, edit);
  copy_rest(payload, in, out);
  return out.take();
}

struct Window {
  std::uint32_t left = 0, right = 0, top = 0, bottom = 0;
};

Window read_window(BitReader& in) {
  Window window;
  if (!in.flag()) return window;
  window.left = in.ue();
  window.right = in.ue();
  window.top = in.ue();
  window.bottom = in.ue();
  return window;
}

void write_window(BitWriter& out, const Window& window) {
  const bool present = window.left != 0 || window.right != 0 || window.top != 0 || window.bottom != 0;
  out.flag(present);
  if (!present) return;
  out.ue(window.left);
  out.ue(window.right);
  out.ue(window.top);
  out.ue(window.bottom);
}

std::uint32_t copy_ue(BitReader& in, BitWriter& out) {
  const std::uint32_t value = in.ue();
  out.ue(value);
  return value;
}

Expected<Bytes> edit_sps(std::span<const std::uint8_t> payload, const HeaderEdit& edit) {
  BitReader in(payload);
  BitWriter out;
  out.copy(in, 4);
  const std::uint32_t sub_layers = in.read(3);
  out.write(sub_layers, 3);
  out.copy(in, 1);
  copy_profile_tier_level(in, out, sub_layers, edit);
  copy_ue(in, out);  // its id
  const std::uint32_t chroma = copy_ue(in, out);
  if (chroma == 3) out.copy(in, 1);
  copy_ue(in, out);  // width
  copy_ue(in, out);  // height
  Window window = read_window(in);
  // The window counts in chroma samples.
  window.right += static_cast<std::uint32_t>(edit.hide_right) / (chroma == 1 || chroma == 2 ? 2 : 1);
  window.bottom += static_cast<std::uint32_t>(edit.hide_bottom) / (chroma == 1 ? 2 : 1);
  write_window(out, window);
  if (!in.ok()) return fail("encode", "headers", "the encoder's sequence parameter set cannot be read");
  copy_rest(payload, in, out);
  return out.take();
}

}  // namespace

std::vector<std::span<const std::uint8_t>> split_nals(std::span<const std::uint8_t> stream) {
  std::vector<std::span<const std::uint8_t>> nals;
  auto is_start = [&](std::size_t n) { return stream[n] == 0 && stream[n + 1] == 0 && stream[n + 2] == 1; };
  std::size_t begin = 0;  // of the present NAL; 0: none yet
  for (std::size_t n = 0; n + 2 < stream.size(); ++n) {
    if (!is_start(n)) continue;
    if (begin != 0) nals.push_back(stream.subspan(begin, n - begin));
    begin = n + 3;
    n += 2;
  }
  if (begin != 0 && begin < stream.size()) nals.push_back(stream.subspan(begin));
  for (auto& nal : nals)  // the fourth byte of the next start code, or padding
    while (!nal.empty() && nal.back() == 0) nal = nal.first(nal.size() - 1);
  std::erase_if(nals, [](auto nal) { return nal.size() < 3; });
  return nals;
}

Bytes unescape(std::span<const std::uint8_t> payload) {
  Bytes out;
  out.reserve(payload.size());
  int zeros = 0;
  for (const std::uint8_t byte : payload) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

Bytes escape(std::span<const std::uint8_t> payload) {
  Bytes out;
  out.reserve(payload.size() + payload.size() / 64 + 4);
  int zeros = 0;
  for (const std::uint8_t byte : payload) {
    if (zeros >= 2 && byte <= 3) {
      out.push_back(3);
      zeros = 0;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(byte);
  }
  return out;
}

Expected<Bytes> edit_headers(std::span<const std::uint8_t> headers, const HeaderEdit& edit) {
  Bytes out;
  for (const auto nal : split_nals(headers)) {
    const int type = nal_type(nal);
    if (type == kVps) {
      append_nal(out, kVps, escape(edit_vps(unescape(nal.subspan(2)), edit)));
    } else if (type == kSps) {
      HEVCPOOL_ASSIGN(const Bytes sps, edit_sps(unescape(nal.subspan(2)), edit));
      append_nal(out, kSps, escape(sps));
    } else {
      out.insert(out.end(), kStartCode.begin(), kStartCode.end());
      out.insert(out.end(), nal.begin(), nal.end());
    }
  }
  return out;
}

Bytes sei_nal(int payload_type, std::span<const std::uint8_t> payload) {
  Bytes message;
  for (; payload_type >= 255; payload_type -= 255) message.push_back(255);
  message.push_back(static_cast<std::uint8_t>(payload_type));
  std::size_t size = payload.size();
  for (; size >= 255; size -= 255) message.push_back(255);
  message.push_back(static_cast<std::uint8_t>(size));
  message.insert(message.end(), payload.begin(), payload.end());
  message.push_back(0x80);  // stop bit
  Bytes out;
  append_nal(out, kPrefixSei, escape(message));
  return out;
}

Bytes dolby_vision_nal(std::span<const std::uint8_t> rpu) {
  Bytes out;
  append_nal(out, kDolbyVision, rpu);
  return out;
}

}  // namespace hevcpool::media
