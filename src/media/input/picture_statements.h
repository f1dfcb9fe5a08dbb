// SPDX-License-Identifier: GPL-2.0-or-later
// What a container says of the pictures of its streams, beside what the streams say themselves.
#pragma once

#include "media/libav/av.h"

#include <vector>

namespace hevcpool::media {

// Takes what is stated where the value is not known.
template <class T>
void fill(T& value, T unknown, T stated) {
  if (value == unknown) value = stated;
}

// Of one stream.
struct PictureStatement {
  AVFieldOrder fields = AV_FIELD_UNKNOWN;
  AVColorPrimaries primaries = AVCOL_PRI_UNSPECIFIED;
  AVColorTransferCharacteristic transfer = AVCOL_TRC_UNSPECIFIED;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  AVChromaLocation chroma_location = AVCHROMA_LOC_UNSPECIFIED;
};

// As libav holds it at present: of the container, or what decoders found.
PictureStatement statement_in(const AVCodecParameters& codec);

// The statements of an opened file, by stream. libav puts what decoders find in place of them when it looks into the
// streams, so they are taken before that. One for each file; the file's context leads to it. Plain value.
class PictureStatements {
 public:
  // `format` has its header read, and nothing more. From now on it leads to this object, which outlives it.
  explicit PictureStatements(AVFormatContext& format);
  PictureStatements(const PictureStatements&) = delete;
  PictureStatements& operator=(const PictureStatements&) = delete;

  // Of a stream that came later: nothing. `format` must be an input.
  static PictureStatement of(const AVFormatContext& format, const AVStream& stream);
  // What the stream says, of a file that was looked into.
  static PictureStatement found_in(const AVFormatContext& format, const AVStream& stream);
  // Takes the colours out of the streams until restore(): libav's decoders leave them alone where there are some (since
  // FFmpeg 9), so that what the streams say would not be found.
  void set_aside(AVFormatContext& format) const;
  // Gives back to the streams what the container says where libav found nothing else.
  void restore(AVFormatContext& format);

 private:
  std::vector<PictureStatement> streams_;
  std::vector<PictureStatement> found_;  // by libav, in the streams; empty before restore()
};

}  // namespace hevcpool::media
