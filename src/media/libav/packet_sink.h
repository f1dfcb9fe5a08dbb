// SPDX-License-Identifier: GPL-2.0-or-later
// Where the packets of an encoder go.
#pragma once

#include "media/libav/av.h"

#include <functional>

namespace hevcpool::media {

// Called with each finished packet, in decoding order: pts and dts in the time base of whoever calls, on the source
// stream's own clock (no offset applied), duration set, key flag set. The packet is lent for the call.
using PacketSink = std::function<Expected<void>(AVPacket&)>;

}  // namespace hevcpool::media
