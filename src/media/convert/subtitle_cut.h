// SPDX-License-Identifier: GPL-2.0-or-later
// What the packets of subtitles made of pictures say about the screen, and how long they say it. Pure functions over
// the formats of Blu-ray (PGS), DVD and DVB.
#pragma once

#include "media/libav/av.h"

#include <cstdint>

namespace hevcpool::media {

// What is on screen with a packet.
struct ScreenChange {
  bool known = false;    // the packet changes the screen
  bool whole = true;     // it needs none of the packets before it
  bool empty = false;    // nothing is left on screen
};
ScreenChange screen_change(AVCodecID codec, const AVPacket& packet);

// DVD subtitles hold their times inside: the picture is taken away `length` after the packet's time at the latest, and
// `skipped` earlier than it says. 1/90000 s. The packet's data must be writable.
void shorten_dvd_subtitle(AVPacket& packet, std::int64_t skipped, std::int64_t length);
// When the picture is taken away, 1/90000 s after the packet's time; -1 where it does not say.
std::int64_t dvd_subtitle_length(const AVPacket& packet);

}  // namespace hevcpool::media
