// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/picture_statements.h"

#include <cstring>
#include <span>

namespace hevcpool::media {
namespace {

// Containers hold any number here, and libav hands over what it reads.
template <class T>
void drop_unnamed(T& value, int count, T unknown) {
  static_assert(sizeof(T) == sizeof(int));
  int number = 0;
  std::memcpy(&number, &value, sizeof(number));
  if (number < 0 || number >= count) value = unknown;
}

void drop_unnamed(AVCodecParameters& codec) {
  drop_unnamed(codec.color_primaries, AVCOL_PRI_NB, AVCOL_PRI_UNSPECIFIED);
  drop_unnamed(codec.color_trc, AVCOL_TRC_NB, AVCOL_TRC_UNSPECIFIED);
  drop_unnamed(codec.color_space, AVCOL_SPC_NB, AVCOL_SPC_UNSPECIFIED);
  drop_unnamed(codec.color_range, AVCOL_RANGE_NB, AVCOL_RANGE_UNSPECIFIED);
  drop_unnamed(codec.chroma_location, AVCHROMA_LOC_NB, AVCHROMA_LOC_UNSPECIFIED);
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
  for (const AVStream* stream : std::span(format.streams, format.nb_streams)) {
    drop_unnamed(*stream->codecpar);
    streams_.push_back(statement_in(*stream->codecpar));
  }
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

void PictureStatements::set_aside(AVFormatContext& format) const {
  for (const AVStream* stream : std::span(format.streams, format.nb_streams)) {
    AVCodecParameters& codec = *stream->codecpar;
    codec.color_primaries = AVCOL_PRI_UNSPECIFIED;
    codec.color_trc = AVCOL_TRC_UNSPECIFIED;
    codec.color_space = AVCOL_SPC_UNSPECIFIED;
    codec.color_range = AVCOL_RANGE_UNSPECIFIED;
  }
}

void PictureStatements::restore(AVFormatContext& format) {
  found_.clear();
  for (const AVStream* stream : std::span(format.streams, format.nb_streams)) {
    drop_unnamed(*stream->codecpar);
    found_.push_back(statement_in(*stream->codecpar));
  }
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
