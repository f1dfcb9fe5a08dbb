// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/stream_kind.h"

namespace hevcpool::media {

bool is_attached_picture(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC);
}

bool is_chapter_track(const AVFormatContext& format, const AVStream& stream) {
  const unsigned tag = stream.codecpar->codec_tag;
  return format.nb_chapters > 0 && stream.codecpar->codec_type == AVMEDIA_TYPE_DATA &&
         (tag == MKTAG('t', 'e', 'x', 't') || tag == MKTAG('t', 'x', '3', 'g'));
}

bool is_timecode_track(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_DATA && stream.codecpar->codec_tag == MKTAG('t', 'm', 'c', 'd');
}

}  // namespace hevcpool::media
