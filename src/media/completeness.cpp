// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/completeness.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hevcpool::media {
namespace {

bool is_named(const AVFormatContext& format, std::string_view name) {
  std::string_view names = format.iformat->name;
  while (!names.empty()) {
    const std::size_t comma = names.find(',');
    if (names.substr(0, comma) == name) return true;
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return false;
}

// A number as EBML writes it: the leading zero bits of the first byte tell how many bytes follow.
struct EbmlNumber {
  std::uint64_t value = 0;
  std::size_t length = 0;
  bool unknown = false;  // all value bits set
};

std::optional<EbmlNumber> read_ebml(std::string_view data, bool keep_marker) {
  if (data.empty()) return std::nullopt;
  const auto first = static_cast<unsigned char>(data[0]);
  const auto length = static_cast<std::size_t>(std::countl_zero(first)) + 1;
  if (length > 8 || data.size() < length) return std::nullopt;
  EbmlNumber number{keep_marker ? first : first & (0xffu >> length), length, false};
  for (std::size_t n = 1; n < length; ++n) number.value = number.value << 8 | static_cast<unsigned char>(data[n]);
  number.unknown = number.value == (std::uint64_t{1} << (7 * length)) - 1;
  return number;
}

std::string read_head(AVIOContext& io) {
  const std::int64_t position = avio_tell(&io);
  std::string head(256, '\0');
  avio_seek(&io, 0, SEEK_SET);
  const int got = avio_read(&io, reinterpret_cast<unsigned char*>(head.data()), static_cast<int>(head.size()));
  avio_seek(&io, position, SEEK_SET);
  head.resize(static_cast<std::size_t>(std::max(got, 0)));
  return head;
}

std::optional<std::string> missing_by_size(const AVFormatContext& format, std::int64_t size) {
  std::optional<std::uint64_t> claimed;
  if (is_named(format, "matroska")) claimed = claimed_matroska_size(read_head(*format.pb));
  if (is_named(format, "avi")) claimed = claimed_riff_size(read_head(*format.pb));
  if (!claimed || *claimed <= static_cast<std::uint64_t>(size)) return std::nullopt;
  return fmt::format("the file is cut off: it says it has {} bytes, and has {}", *claimed, size);
}

// Entries of a stream's index that lie behind the end of the file, at least in part.
int entries_behind(AVStream& stream, std::int64_t size) {
  int behind = 0;
  for (int n = 0; n < avformat_index_get_entries_count(&stream); ++n) {
    const AVIndexEntry* entry = avformat_index_get_entry(&stream, n);
    if (entry->pos + entry->size > size) ++behind;
  }
  return behind;
}

}  // namespace

bool is_recording(const AVFormatContext& format) {
  constexpr std::array<std::string_view, 8> kRecordings = {"mpegts", "mpeg", "mpegvideo", "mxf",
                                                           "gxf",    "dv",   "rtp",       "rm"};
  return std::ranges::any_of(kRecordings, [&](std::string_view name) { return is_named(format, name); });
}

std::optional<std::uint64_t> claimed_matroska_size(std::string_view head) {
  constexpr std::uint64_t kEbml = 0x1A45DFA3, kSegment = 0x18538067;
  std::size_t position = 0;
  for (const std::uint64_t wanted : {kEbml, kSegment}) {
    if (position >= head.size()) return std::nullopt;
    const auto id = read_ebml(head.substr(position), true);
    if (!id || id->value != wanted) return std::nullopt;
    const auto size = read_ebml(head.substr(position + id->length), false);
    if (!size || size->unknown) return std::nullopt;
    position += id->length + size->length;
    if (wanted == kSegment) return position + size->value;
    if (size->value > head.size()) return std::nullopt;
    position += size->value;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> claimed_riff_size(std::string_view head) {
  if (head.size() < 8 || !head.starts_with("RIFF")) return std::nullopt;
  std::uint64_t size = 0;
  for (std::size_t n = 0; n < 4; ++n) size |= std::uint64_t{static_cast<unsigned char>(head[4 + n])} << (8 * n);
  constexpr std::uint64_t kLeftOpen = 0x7fffffff;  // what writers put in that never came back
  if (size == 0 || size >= kLeftOpen) return std::nullopt;
  return size + 8;
}

std::optional<std::string> missing_by_index(const AVFormatContext& format) {
  const std::int64_t size = avio_size(format.pb);
  if (size <= 0 || is_recording(format)) return std::nullopt;
  if (auto missing = missing_by_size(format, size)) return missing;
  if (!is_named(format, "mov")) return std::nullopt;
  for (unsigned n = 0; n < format.nb_streams; ++n) {
    AVStream& stream = *format.streams[n];
    const int behind = stream.discard == AVDISCARD_ALL ? 0 : entries_behind(stream, size);
    if (behind > 0)
      return fmt::format("the file is cut off: the data of {} of {} packets of stream {} is missing", behind,
                         avformat_index_get_entries_count(&stream), n);
  }
  return std::nullopt;
}

std::optional<std::string> missing_by_duration(const AVFormatContext& format, double end) {
  constexpr std::array<std::string_view, 5> kCompleted = {"matroska", "mov", "avi", "flv", "asf"};
  const bool promises = std::ranges::any_of(kCompleted, [&](std::string_view name) { return is_named(format, name); });
  if ((!promises && !is_named(format, "mxf")) || format.duration <= 0) return std::nullopt;
  const double promised = static_cast<double>(format.duration) / AV_TIME_BASE;
  // Durations are rounded, and some writers count one frame or one cluster more than they write.
  const double tolerance = std::max(1.0, 0.02 * promised);
  if (end >= promised - tolerance) return std::nullopt;
  return fmt::format("the header promises {:.3f} s, the data ends at {:.3f} s", promised, end);
}

}  // namespace hevcpool::media
