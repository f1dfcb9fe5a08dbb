// SPDX-License-Identifier: GPL-2.0-or-later
// What is used of libebml and libmatroska: the names of Matroska's elements and the coding of their sizes. The only
// place that knows which version of the two is there. Nothing here reads a file or throws.
#pragma once

#include <ebml/EbmlElement.h>
#include <ebml/EbmlHead.h>
#include <ebml/EbmlSubHead.h>
#include <ebml/EbmlCrc32.h>
#include <ebml/EbmlVoid.h>
#include <matroska/KaxAttached.h>
#include <matroska/KaxAttachments.h>
#include <matroska/KaxChapters.h>
#include <matroska/KaxCluster.h>
#include <matroska/KaxContentEncoding.h>
#include <matroska/KaxCues.h>
#include <matroska/KaxInfo.h>
#include <matroska/KaxInfoData.h>
#include <matroska/KaxSeekHead.h>
#include <matroska/KaxSegment.h>
#include <matroska/KaxSemantic.h>
#include <matroska/KaxTag.h>
#include <matroska/KaxTags.h>
#include <matroska/KaxTrackAudio.h>
#include <matroska/KaxTrackEntryData.h>
#include <matroska/KaxTrackVideo.h>
#include <matroska/KaxTracks.h>

#include "media/containers/ebml.h"

#include <cstdint>
#include <span>
#include <string>

namespace hevcpool::media {

namespace kax = libmatroska;

template <class Kind>
std::uint32_t id_of() {
  return EBML_ID_VALUE(EBML_ID(Kind));
}

// A size as it stands in a file. `length`: bytes it takes; 0: there is none. Unknown sizes are all ones.
struct CodedSize {
  std::uint64_t value = 0;
  int length = 0;
  bool unknown = false;
};

inline CodedSize read_coded_size(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return {};
  std::uint32_t length = static_cast<std::uint32_t>(bytes.size() < 8 ? bytes.size() : 8);
  std::uint64_t unknown = 0;
  const std::uint64_t value = libebml::ReadCodedSizeValue(bytes.data(), length, unknown);
  if (length == 0) return {};
  return {value, static_cast<int>(length), value == unknown};
}

// In `length` bytes, or as few as it needs.
inline std::string coded_size(std::uint64_t value, int length = 0) {
  if (length == 0) length = static_cast<int>(libebml::CodedSizeLength(value, 0));
  std::string text(static_cast<std::size_t>(length), '\0');
  libebml::CodedValueLength(value, length, reinterpret_cast<std::uint8_t*>(text.data()));
  return text;
}

}  // namespace hevcpool::media
