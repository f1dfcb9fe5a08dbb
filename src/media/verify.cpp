// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/transcode.h"

#include "media/log_capture.h"
#include "media/source.h"

namespace hevcpool::media {

Expected<VerifyReport> verify(const VerifyRequest& request) {
  if (request.depth == Verify::none) return VerifyReport{};
  const LogCapture log;
  HEVCPOOL_ASSIGN(const auto file, Source::open(request.target, {}));
  const auto& expected = request.expected.outputs;
  std::vector<std::int64_t> packets(static_cast<std::size_t>(file->streams()));
  const PacketPtr packet(av_packet_alloc());
  for (;;) {
    if (request.cancelled && request.cancelled()) return fail("verify", "cancelled", "cancelled");
    HEVCPOOL_ASSIGN(const bool more, file->read(*packet));
    if (!more) break;
    const auto n = static_cast<std::size_t>(packet->stream_index);
    if (n < packets.size()) ++packets[n];
  }
  for (const StreamCount& stream : expected) {
    const auto n = static_cast<std::size_t>(stream.index);
    if (stream.type != "video") continue;
    if (n >= packets.size() || packets[n] != stream.packets)
      return fail("verify", "packet_count", fmt::format("stream {}: {} packets written, {} found", stream.index,
                                                        stream.packets, n < packets.size() ? packets[n] : 0));
  }
  return VerifyReport{};
}

}  // namespace hevcpool::media
