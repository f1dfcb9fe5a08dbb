// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/whole_duration.h"

#include "media/input/source.h"

namespace hevcpool::media {
namespace {

bool is_stated(const InputFile& file) {
  return file.duration() > 0 && file.format().duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;
}

}  // namespace

Expected<double> whole_duration(const InputFile& file, bool jumps, int fd, const std::string& name) {
  if (is_stated(file) && !jumps) return file.duration();
  HEVCPOOL_ASSIGN(const auto source, Source::open(fd, name));
  const PacketPtr packet(av_packet_alloc());
  if (!packet) return fail_av("demux", "packet", AVERROR(ENOMEM));
  for (bool more = true; more;) {
    HEVCPOOL_ASSIGN(more, source->read(*packet));
  }
  const double zero = static_cast<double>(source->file().time_zero()) / AV_TIME_BASE;
  return source->end() > zero ? source->end() - zero : file.duration();
}

}  // namespace hevcpool::media
