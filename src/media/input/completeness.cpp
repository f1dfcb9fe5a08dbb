// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/input/completeness.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>

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

// The boxes at the top of an MP4 file, by their types.
std::vector<std::string> top_boxes(AVIOContext& io) {
  constexpr std::size_t kMost = 10000;
  const std::int64_t position = avio_tell(&io), size = avio_size(&io);
  std::vector<std::string> types;
  for (std::int64_t at = 0; at + 8 <= size && types.size() < kMost;) {
    if (avio_seek(&io, at, SEEK_SET) < 0) break;
    std::uint64_t length = avio_rb32(&io);
    std::string type(4, '\0');
    if (avio_read(&io, reinterpret_cast<unsigned char*>(type.data()), 4) != 4) break;
    if (length == 1) length = avio_rb64(&io);
    types.push_back(type);
    if (length < 8 || length > static_cast<std::uint64_t>(size)) break;
    at += static_cast<std::int64_t>(length);
  }
  avio_seek(&io, position, SEEK_SET);
  return types;
}

// An index of all samples is a promise that missing_by_index() holds against the file. Fragments have one each; those
// of a recording that was completed are listed at its end.
bool is_whole_mp4(AVIOContext& io) {
  const std::vector<std::string> boxes = top_boxes(io);
  return std::ranges::find(boxes, "moof") == boxes.end() || std::ranges::find(boxes, "mfra") != boxes.end();
}

// By such an index (sidx), which has times on the film's clock, libav takes for a track's duration when it ends.
bool has_segment_index(AVIOContext& io) {
  const std::vector<std::string> boxes = top_boxes(io);
  return std::ranges::find(boxes, "sidx") != boxes.end();
}

// Tags of FLV are followed by their size: the file ends with the last of them.
bool is_whole_flv(AVIOContext& io) {
  const std::int64_t position = avio_tell(&io), size = avio_size(&io);
  bool whole = false;
  if (avio_seek(&io, size - 4, SEEK_SET) >= 0) {
    const std::int64_t length = avio_rb32(&io);
    if (length >= 11 && avio_seek(&io, size - 4 - length, SEEK_SET) >= 0) {
      avio_r8(&io);  // its type
      whole = avio_rb24(&io) == length - 11;
    }
  }
  avio_seek(&io, position, SEEK_SET);
  return whole;
}

// Whether the structure itself says that nothing is missing, whatever the duration in the header.
bool is_whole_by_structure(const AVFormatContext& format) {
  const std::int64_t size = avio_size(format.pb);
  if (size <= 0 || missing_by_size(format, size)) return false;
  if (is_named(format, "matroska")) return claimed_matroska_size(read_head(*format.pb)).has_value();
  if (is_named(format, "avi")) return claimed_riff_size(read_head(*format.pb)).has_value();
  if (is_named(format, "flv")) return is_whole_flv(*format.pb);
  return is_named(format, "mov") && is_whole_mp4(*format.pb);
}

// Seconds; 0 where the header says nothing. What libav estimates from a bit rate is no statement.
double stated_duration(const AVFormatContext& format) {
  const bool estimated = format.duration_estimation_method == AVFMT_DURATION_FROM_BITRATE;
  return format.duration > 0 && !estimated ? static_cast<double>(format.duration) / AV_TIME_BASE : 0;
}

// "HH:MM:SS.fffffffff"
std::optional<double> parse_clock(std::string_view text) {
  int hours = 0, minutes = 0;
  double seconds = 0;
  if (std::sscanf(std::string(text).c_str(), "%d:%d:%lf", &hours, &minutes, &seconds) != 3) return std::nullopt;
  return hours * 3600 + minutes * 60 + seconds;
}

// Where one track ends by its own statement: the tag that Matroska's writers put in, or the duration of an MP4 track.
std::optional<double> track_end(const AVFormatContext& format, int index) {
  const AVStream& stream = *format.streams[index];
  if (is_named(format, "matroska")) {
    const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "DURATION", nullptr, AV_DICT_IGNORE_SUFFIX);
    return tag ? parse_clock(tag->value) : std::nullopt;
  }
  if (!is_named(format, "mov") || stream.duration <= 0) return std::nullopt;
  const bool begins_later = stream.start_time != AV_NOPTS_VALUE && !has_segment_index(*format.pb);
  const std::int64_t start = begins_later ? std::max<std::int64_t>(0, stream.start_time) : 0;
  return static_cast<double>(start + stream.duration) * av_q2d(stream.time_base);
}

double longest_track(const AVFormatContext& format) {
  double longest = 0;
  for (unsigned n = 0; n < format.nb_streams; ++n)
    longest = std::max(longest, track_end(format, static_cast<int>(n)).value_or(0));
  return longest;
}

// What the header says of a file of which every stream was read: what was left out may be what lasts so long.
double whole_stated(const AVFormatContext& format, const std::vector<double>& ends) {
  for (unsigned n = 0; n < format.nb_streams; ++n) {
    const AVStream& stream = *format.streams[n];
    const bool attached = stream.disposition & AV_DISPOSITION_ATTACHED_PIC || stream.codecpar->codec_type == AVMEDIA_TYPE_ATTACHMENT;
    if (!attached && (n >= ends.size() || ends[n] <= 0)) return 0;
  }
  const bool by_tracks = is_named(format, "mov") && has_segment_index(*format.pb);  // what libav makes of them is too long
  return by_tracks ? std::min(longest_track(format), stated_duration(format)) : stated_duration(format);
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
  const double promised = stated_duration(format);
  if ((!promises && !is_named(format, "mxf")) || promised <= 0 || is_whole_by_structure(format)) return std::nullopt;
  // Durations are rounded, and some writers count one frame or one cluster more than they write.
  const double tolerance = std::max(1.0, 0.02 * promised);
  if (end >= promised - tolerance) return std::nullopt;
  return fmt::format("the header promises {:.3f} s, the data ends at {:.3f} s", promised, end);
}

std::optional<double> stated_end(const AVFormatContext& format, int stream, const std::vector<double>& ends) {
  const bool states = is_named(format, "matroska") || is_named(format, "mov") || is_named(format, "flv");
  if (!states || !is_whole_by_structure(format)) return std::nullopt;
  constexpr double kRounding = 0.05;  // of durations of sound
  double others = longest_track(format);
  for (std::size_t n = 0; n < ends.size(); ++n)
    if (n != static_cast<std::size_t>(stream)) others = std::max(others, ends[n]);
  const double whole = whole_stated(format, ends);
  if (whole > others + kRounding) return whole;
  const auto track = track_end(format, stream);
  return track && whole > 0 ? std::min(*track, whole) : track;
}

}  // namespace hevcpool::media
