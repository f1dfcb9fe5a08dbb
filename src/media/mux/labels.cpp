// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/labels.h"

#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hevcpool::media {
namespace {

constexpr std::array<std::string_view, 5> kOfTheContainer = {"major_brand", "minor_version", "compatible_brands",
                                                             "duration", "encoder"};
// What libav's muxers write without use_metadata_tags, and players find again.
constexpr std::array<std::string_view, 29> kKnownToMp4 = {
    "title",    "artist",      "album_artist", "composer",      "album",    "date",         "encoding_tool",
    "comment",  "genre",       "copyright",    "grouping",      "lyrics",   "description",  "synopsis",
    "show",     "episode_id",  "network",      "keywords",      "episode_sort", "season_number", "media_type",
    "hd_video", "gapless_playback", "compilation", "track",     "disc",     "location",     "creation_time", "timecode"};
constexpr std::array<std::string_view, 12> kKnownToMov = {"title",     "artist", "album", "date",     "comment",       "genre",
                                                          "copyright", "make",   "model", "location", "creation_time", "timecode"};

// "title-eng" is a title.
std::string_view without_language(std::string_view key) {
  const bool has_language = key.size() > 4 && key[key.size() - 4] == '-';
  return has_language ? key.substr(0, key.size() - 4) : key;
}

bool is_format(const AVFormatContext& source, std::string_view name) {
  return std::string_view(source.iformat->name).find(name) != std::string_view::npos;
}

bool speaks_of_itself(const AVFormatContext& source) {
  constexpr std::array<std::string_view, 5> kFormats = {"mxf", "asf", "flv", "gxf", "avi"};
  return std::ranges::any_of(kFormats, [&](std::string_view name) { return is_format(source, name); });
}

bool has_cover(const AVFormatContext& source) {
  for (unsigned n = 0; n < source.nb_streams; ++n)
    if ((source.streams[n]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) return true;
  return false;
}

bool is_known_to(Container container, std::string_view key) {
  return container == Container::mov ? among(key, kKnownToMov) : among(key, kKnownToMp4);
}

std::vector<std::string> unknown_keys(Container container, const AVFormatContext& source) {
  std::vector<std::string> keys;
  for (const AVDictionaryEntry* tag = nullptr; (tag = av_dict_get(source.metadata, "", tag, AV_DICT_IGNORE_SUFFIX));)
    if (!is_of_the_container(tag->key) && !is_known_to(container, without_language(tag->key)))
      keys.emplace_back(tag->key);
  return keys;
}

}  // namespace

bool is_of_the_container(std::string_view key) { return among(without_language(key), kOfTheContainer); }

bool needs_free_keys(const AVFormatContext& source, Container container) {
  if (container == Container::mkv || !is_format(source, "mov")) return false;
  return (container == Container::mov || !has_cover(source)) && !unknown_keys(container, source).empty();
}

bool tags_ask_for_mkv(const AVFormatContext& source) {
  return !is_format(source, "mov") && !tags_lost_in(Container::mp4, source).empty();
}

std::vector<std::string> tags_lost_in(Container container, const AVFormatContext& source) {
  if (container == Container::mkv || needs_free_keys(source, container) || speaks_of_itself(source)) return {};
  return unknown_keys(container, source);
}

std::string labels_lost_in_mp4(const AVStream& stream) {
  constexpr std::array<std::pair<int, std::string_view>, 10> kFlags{{
      {AV_DISPOSITION_FORCED, "forced"},
      {AV_DISPOSITION_COMMENT, "comment"},
      {AV_DISPOSITION_ORIGINAL, "original"},
      {AV_DISPOSITION_DUB, "dub"},
      {AV_DISPOSITION_LYRICS, "lyrics"},
      {AV_DISPOSITION_KARAOKE, "karaoke"},
      {AV_DISPOSITION_HEARING_IMPAIRED, "hearing impaired"},
      {AV_DISPOSITION_VISUAL_IMPAIRED, "visual impaired"},
      {AV_DISPOSITION_CAPTIONS, "captions"},
      {AV_DISPOSITION_DESCRIPTIONS, "descriptions"},
  }};
  std::string lost;
  const AVDictionaryEntry* title = av_dict_get(stream.metadata, "title", nullptr, 0);
  if (title && *title->value) lost = "title";
  for (const auto& [flag, name] : kFlags)
    if ((stream.disposition & flag) != 0) lost += (lost.empty() ? "" : ", ") + std::string(name);
  return lost;
}

bool mp4_would_choose_a_default(const AVFormatContext& format) {
  if (std::string_view(format.iformat->name).find("matroska") == std::string_view::npos) return false;
  int sounds = 0, default_sounds = 0, subtitles = 0, default_subtitles = 0;
  for (unsigned n = 0; n < format.nb_streams; ++n) {
    const AVStream& stream = *format.streams[n];
    const int is_default = (stream.disposition & AV_DISPOSITION_DEFAULT) != 0;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO) ++sounds, default_sounds += is_default;
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_SUBTITLE) ++subtitles, default_subtitles += is_default;
  }
  return (sounds > 1 && default_sounds == 0) || (subtitles > 0 && default_subtitles == 0);
}

}  // namespace hevcpool::media
