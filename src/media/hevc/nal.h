// SPDX-License-Identifier: GPL-2.0-or-later
// All editing of HEVC NAL units, in Annex B form: what x265 cannot be told to write. Pure functions over
// bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/error.h"

namespace hevcpool::media {

using Bytes = std::vector<std::uint8_t>;

// Types of HEVC NAL units, as ITU-T H.265 numbers them; kDolbyVision is one of those left free.
inline constexpr int kVps = 32, kSps = 33, kPps = 34, kPrefixSei = 39, kDolbyVision = 62;

// What the parameter sets must say besides what x265 wrote.
struct HeaderEdit {
  int hide_right = 0, hide_bottom = 0;  // luma samples more that are not shown
  bool interlaced = false;              // the source is interlaced, not progressive

  bool empty() const { return hide_right == 0 && hide_bottom == 0 && !interlaced; }
};

// The same parameter sets (VPS, SPS and whatever else there is, Annex B) with the edit made.
Expected<Bytes> edit_headers(std::span<const std::uint8_t> headers, const HeaderEdit& edit);

// A prefix SEI NAL unit with one message, start code included.
Bytes sei_nal(int payload_type, std::span<const std::uint8_t> payload);

// A NAL unit of type 62, as Dolby Vision uses it; `rpu` is escaped already.
Bytes dolby_vision_nal(std::span<const std::uint8_t> rpu);

// Of a NAL unit that is not empty.
inline int nal_type(std::span<const std::uint8_t> nal) { return (nal[0] >> 1) & 0x3f; }

// NAL units of an Annex B stream, without start codes.
std::vector<std::span<const std::uint8_t>> split_nals(std::span<const std::uint8_t> stream);

// Takes the emulation prevention bytes out of, or puts them into, what follows a NAL unit's header.
Bytes unescape(std::span<const std::uint8_t> payload);
Bytes escape(std::span<const std::uint8_t> payload);

}  // namespace hevcpool::media
