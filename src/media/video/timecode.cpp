// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/video/timecode.h"

#include "media/libav/stream_kind.h"
#include "media/input/stream_rate.h"

extern "C" {
#include <libavutil/timecode.h>
}

#include <array>
#include <charconv>
#include <cmath>

namespace hevcpool::media {
namespace {

constexpr int kDropRate = 30;  // and its multiples

bool counts_by_dropping(int fps) { return fps > 0 && fps % kDropRate == 0; }

// Of every minute but each tenth, so many numbers are left out.
std::int64_t dropped_before(std::int64_t minutes, int fps) { return 2 * fps / kDropRate * (minutes - minutes / 10); }

std::optional<int> two_digits(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size() && text.front() != '-';
  return all ? std::optional(value) : std::nullopt;
}

// The numbers of "HH:MM:SS:FF", whatever the last sign between them.
std::optional<std::array<int, 4>> numbers_of(std::string_view text) {
  std::array<int, 4> numbers{};
  for (std::size_t n = 0; n < numbers.size(); ++n) {
    const std::size_t length = std::min(text.find_first_of(":;.,"), text.size());
    const auto number = length > 0 ? two_digits(text.substr(0, length)) : std::nullopt;
    const bool last = n + 1 == numbers.size();
    if (!number || (length == text.size()) != last) return std::nullopt;
    numbers[n] = *number;
    text.remove_prefix(std::min(length + 1, text.size()));
  }
  return numbers;
}

std::string tag_of(const AVDictionary* tags) {
  const AVDictionaryEntry* tag = av_dict_get(tags, "timecode", nullptr, 0);
  return tag ? tag->value : "";
}

const AVStream* timecode_track(const AVFormatContext& format) {
  for (unsigned n = 0; n < format.nb_streams; ++n)
    if (is_timecode_track(*format.streams[n])) return format.streams[n];
  return nullptr;
}

// The number in the first sample of a timecode track. Its flags are not known: it is counted without dropping.
std::string text_in_track(AVFormatContext& format, const AVStream& track, int fps) {
  const AVIndexEntry* entry = avformat_index_get_entry(const_cast<AVStream*>(&track), 0);
  if (entry == nullptr || entry->size < 4 || fps <= 0) return {};
  const std::int64_t position = avio_tell(format.pb);
  std::string text;
  if (avio_seek(format.pb, entry->pos, SEEK_SET) >= 0) text = text_of({fps, false, avio_rb32(format.pb)});
  avio_seek(format.pb, position, SEEK_SET);
  return text;
}

void move_tag(AVDictionary** tags, const TimecodeCount& count, double later) {
  if (const std::string text = tag_of(*tags); !text.empty())
    av_dict_set(tags, "timecode", timecode_after(text, count, later).c_str(), 0);
}

std::string text_in_tags(const AVFormatContext& format, const AVStream& video, const AVStream* track) {
  if (std::string text = tag_of(video.metadata); !text.empty()) return text;
  if (std::string text = track ? tag_of(track->metadata) : ""; !text.empty()) return text;
  return tag_of(format.metadata);
}

// Of the film where it fits the count of the track, else of the track: the average of a film with gaps says nothing.
TimecodeCount count_of(AVFormatContext& format, const AVStream& video, const AVStream* track, bool drop) {
  const AVRational film = rate_of(format, const_cast<AVStream&>(video)).nominal;
  const int of_film = film.num > 0 ? static_cast<int>(std::lround(av_q2d(film))) : 0;
  const int of_track = track && track->avg_frame_rate.den > 0 ? static_cast<int>(std::lround(av_q2d(track->avg_frame_rate))) : 0;
  const int fps = of_track > 0 ? of_track : of_film;
  const AVRational standard = standard_rate(film);
  if (fps == of_film && standard.num > 0) return {standard, fps};
  if (of_track == 0) return {film, fps};
  return {drop && counts_by_dropping(fps) ? AVRational{fps * 1000, 1001} : AVRational{fps, 1}, fps};
}

}  // namespace

std::optional<Timecode> parse_timecode(std::string_view text, int fps) {
  const auto numbers = numbers_of(text);
  if (!numbers || fps <= 0) return std::nullopt;
  const auto [hours, minutes, seconds, frames] = *numbers;
  if (minutes >= 60 || seconds >= 60 || frames >= fps) return std::nullopt;
  Timecode code{fps, text.find_first_of(";.,") != std::string_view::npos && counts_by_dropping(fps), 0};
  const std::int64_t all_minutes = std::int64_t{hours} * 60 + minutes;
  code.frame = (all_minutes * 60 + seconds) * fps + frames;
  if (code.drop) code.frame -= dropped_before(all_minutes, fps);
  return code;
}

std::string text_of(const Timecode& timecode) {
  const std::int64_t fps = timecode.fps;
  std::int64_t frame = timecode.frame;
  if (timecode.drop) {
    const std::int64_t ten_minutes = 600 * fps - dropped_before(10, timecode.fps), minute = 60 * fps - 2 * fps / kDropRate;
    const std::int64_t tens = frame / ten_minutes, rest = frame % ten_minutes;
    const std::int64_t minutes = rest < 60 * fps ? 0 : 1 + (rest - 60 * fps) / minute;
    frame += dropped_before(tens * 10 + minutes, timecode.fps);
  }
  frame %= 24 * 3600 * fps;
  return fmt::format("{:02}:{:02}:{:02}{}{:02}", frame / (3600 * fps), frame / (60 * fps) % 60, frame / fps % 60,
                     timecode.drop ? ';' : ':', frame % fps);
}

std::optional<SourceTimecode> find_timecode(AVFormatContext& format, const AVStream& video) {
  const AVStream* track = timecode_track(format);
  SourceTimecode found;
  found.text = text_in_tags(format, video, track);
  found.count = count_of(format, video, track, found.text.find(';') != std::string::npos);
  if (found.text.empty() && track) found.text = text_in_track(format, *track, found.count.fps);
  if (found.text.empty()) return std::nullopt;
  return found;
}

std::string timecode_after(const std::string& text, const TimecodeCount& count, double seconds) {
  auto code = parse_timecode(text, count.fps);
  if (!code) return text;
  constexpr double kRounding = 0.0005;  // seconds, as of a range
  code->frame += static_cast<std::int64_t>(std::floor((seconds + kRounding) * av_q2d(count.rate)));
  return text_of(*code);
}

void write_timecodes(AVFormatContext& source, const AVStream& video, AVFormatContext& output, int picture, double later) {
  const auto timecode = find_timecode(source, video);
  if (!timecode) return;
  AVStream& shown = *output.streams[picture];
  if (!av_dict_get(output.metadata, "timecode", nullptr, 0))
    av_dict_set(&shown.metadata, "timecode", timecode->text.c_str(), AV_DICT_DONT_OVERWRITE);
  move_tag(&output.metadata, timecode->count, later);
  for (unsigned n = 0; n < output.nb_streams; ++n) move_tag(&output.streams[n]->metadata, timecode->count, later);
  const bool in_a_track = std::string_view(output.oformat->name) != "matroska";
  if (in_a_track && muxer_counts(timecode->count)) shown.avg_frame_rate = timecode->count.rate;
}

bool muxer_counts(const TimecodeCount& count) { return count.rate.num > 0 && av_timecode_check_frame_rate(count.rate) >= 0; }

}  // namespace hevcpool::media
