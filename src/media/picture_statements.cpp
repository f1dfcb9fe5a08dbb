// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/picture_statements.h"

#include <span>

namespace hevcpool::media {
namespace {

template <class T>
void fill(T& value, T unknown, T stated) {
  if (value == unknown) value = stated;
}

PictureStatement at(const std::vector<PictureStatement>& list, const AVStream& stream) {
  const auto index = static_cast<std::size_t>(stream.index);
  return index < list.size() ? list[index] : PictureStatement{};
}

}  // namespace

PictureStatement statement_in(const AVCodecParameters& codec) {
  return {codec.field_order, codec.color_primaries, codec.color_trc, codec.color_space, codec.color_range,
          codec.chroma_location};
}

PictureStatements::PictureStatements(AVFormatContext& format) {
  for (const AVStream* stream : std::span(format.streams, format.nb_streams))
    streams_.push_back(statement_in(*stream->codecpar));
  format.opaque = this;
}

PictureStatement PictureStatements::of(const AVFormatContext& format, const AVStream& stream) {
  const auto* all = static_cast<const PictureStatements*>(format.opaque);
  return all != nullptr ? at(all->streams_, stream) : PictureStatement{};
}

PictureStatement PictureStatements::found_in(const AVFormatContext& format, const AVStream& stream) {
  const auto* all = static_cast<const PictureStatements*>(format.opaque);
  return all != nullptr ? at(all->found_, stream) : PictureStatement{};
}

void PictureStatements::restore(AVFormatContext& format) {
  found_.clear();
  for (const AVStream* stream : std::span(format.streams, format.nb_streams))
    found_.push_back(statement_in(*stream->codecpar));
  for (std::size_t n = 0; n < streams_.size() && n < format.nb_streams; ++n) {
    AVCodecParameters& codec = *format.streams[n]->codecpar;
    const PictureStatement& stated = streams_[n];
    fill(codec.color_primaries, AVCOL_PRI_UNSPECIFIED, stated.primaries);
    fill(codec.color_trc, AVCOL_TRC_UNSPECIFIED, stated.transfer);
    fill(codec.color_space, AVCOL_SPC_UNSPECIFIED, stated.matrix);
    fill(codec.color_range, AVCOL_RANGE_UNSPECIFIED, stated.range);
    fill(codec.chroma_location, AVCHROMA_LOC_UNSPECIFIED, stated.chroma_location);
    fill(codec.field_order, AV_FIELD_UNKNOWN, stated.fields);
  }
}

}  // namespace hevcpool::media
