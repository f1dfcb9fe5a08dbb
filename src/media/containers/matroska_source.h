// SPDX-License-Identifier: GPL-2.0-or-later
// What a Matroska file says of itself, beside what libav's demuxer makes of it: all editions, tags with their targets, and
// each track as it is described. A plain value.
#pragma once

#include "media/libav/av.h"
#include "media/containers/matroska_file.h"

#include <optional>
#include <vector>

namespace hevcpool::media {

struct MatroskaSource {
  std::vector<Element> tracks, editions, tags, info;
  std::vector<MatroskaFile::Attached> attachments;
  // By the index of libav's streams; null where it has none, or where they cannot be told apart.
  std::vector<const Element*> track_of_stream, attached_of_stream;

  // Nothing where it is no Matroska file, or its tracks cannot be read. What else cannot be read is empty.
  static std::unique_ptr<const MatroskaSource> read(int fd, const AVFormatContext& format);

  const Element* track(int stream) const { return at(track_of_stream, stream); }
  std::string language(int stream) const;  // BCP 47; empty where it has none
  bool is_webvtt(int stream) const;        // text with settings beside it
  const Element* attached(int stream) const { return at(attached_of_stream, stream); }

 private:
  static const Element* at(const std::vector<const Element*>& list, int stream) {
    const auto n = static_cast<std::size_t>(stream);
    return stream >= 0 && n < list.size() ? list[n] : nullptr;
  }
  void match(const AVFormatContext& format);
};

bool is_matroska(const AVFormatContext& format);

}  // namespace hevcpool::media
