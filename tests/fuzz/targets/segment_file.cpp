// SPDX-License-Identifier: GPL-2.0-or-later
// Segment files, as they are found in a work folder: one or several, read to their ends. What is accepted is complete:
// its hash is right.
#include "fuzz/targets/target.h"

#include "base/unique_fd.h"
#include "media/segment/segment.h"
#include "media/segment/segment_file.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

namespace {

using namespace hevcpool;

void read_all(media::SegmentReader& reader) {
  const media::PacketPtr packet(av_packet_alloc());
  const auto times = reader.times();
  std::uint64_t packets = 0;
  for (;;) {
    const auto more = reader.next(*packet);
    if (!more) return;
    if (!*more) break;
    ++packets;
  }
  if (packets != reader.packets() || (times && times->size() != packets)) std::abort();
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const UniqueFd file(::memfd_create("segment", MFD_CLOEXEC));
  if (::ftruncate(file.get(), 0) != 0 || ::pwrite(file.get(), data, size, 0) != static_cast<ssize_t>(size)) return 0;
  if (auto reader = media::SegmentReader::open(file.get())) read_all(*reader);
  if (auto readers = media::SegmentReader::open_all(file.get()))
    for (auto& reader : *readers) read_all(reader);
  static_cast<void>(media::read_segment_report(file.get()));
  return 0;
}
