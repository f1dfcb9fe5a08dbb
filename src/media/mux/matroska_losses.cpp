// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/mux/matroska_losses.h"

#include "media/containers/ebml_library.h"
#include "media/containers/matroska_chapters.h"
#include "media/containers/matroska_picture.h"
#include "media/containers/matroska_source.h"
#include "media/containers/matroska_tags.h"
#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>

namespace hevcpool::media {
namespace {

// What muxers write about the stream itself.
bool is_technical(std::string_view name) {
  constexpr std::array<std::string_view, 7> kNames = {"encoder",       "vendor_id", "handler_name", "creation_time",
                                                      "encoder_options", "timecode", "language"};
  return is_statistics(name) || among(name, kNames);
}

template <class Kind>
bool is_about(const Element& tag) {
  const Element* targets = tag.find<kax::KaxTagTargets>();
  return targets != nullptr && targets->number<Kind>().value_or(0) != 0;
}

void add_if_there(std::vector<std::string>& list, bool there, const char* what) {
  if (there) list.emplace_back(what);
}

// A language of three letters has no region and no script.
std::string language_lost(const InputFile& source, int stream) {
  const std::string language = source.language(stream);
  return language.find('-') == std::string::npos ? "" : "its language " + language;
}

std::string tags_lost(const MatroskaSource& source, const Element& track) {
  const std::uint64_t uid = track.number<kax::KaxTrackUID>().value_or(0);
  std::string names;
  for (const Element& tag : source.tags) {
    const Element* targets = tag.find<kax::KaxTagTargets>();
    if (uid == 0 || targets == nullptr || targets->number<kax::KaxTagTrackUID>() != uid) continue;
    for (const Element& child : tag.children) {
      const std::string name = child.text<kax::KaxTagName>();
      if (child.is<kax::KaxTagSimple>() && !name.empty() && !is_technical(name) && !equal_ignoring_case(name, "title"))
        names += (names.empty() ? "its tags: " : ", ") + name;
    }
  }
  return names;
}

bool is_off(const Element& track) { return track.number<kax::KaxTrackFlagEnabled>().value_or(1) == 0; }

bool is_transparent(const Element& track) {
  const Element* video = track.find<kax::KaxTrackVideo>();
  return video != nullptr && video->number<kax::KaxVideoAlphaMode>().value_or(0) != 0;
}

}  // namespace

std::vector<std::string> file_descriptions_lost(const InputFile& source, Container container) {
  const MatroskaSource* matroska = source.matroska();
  if (container == Container::mkv || matroska == nullptr) return {};
  std::vector<std::string> lost = lost_in_one_list(matroska->editions);
  const auto& tags = matroska->tags;
  add_if_there(lost, std::ranges::any_of(tags, is_about<kax::KaxTagChapterUID>), "tags of single chapters");
  add_if_there(lost, std::ranges::any_of(tags, is_about<kax::KaxTagEditionUID>), "tags of editions");
  add_if_there(lost, std::ranges::any_of(tags, is_about<kax::KaxTagAttachmentUID>), "tags of attached files");
  return lost;
}

std::vector<std::string> stream_descriptions_lost(const InputFile& source, Container container, int stream,
                                                  bool encoded) {
  std::vector<std::string> lost;
  const MatroskaSource* matroska = source.matroska();
  const Element* track = matroska != nullptr ? matroska->track(stream) : nullptr;
  if (encoded && track != nullptr && is_transparent(*track)) lost.emplace_back("its transparency");
  if (container == Container::mkv) return lost;
  if (std::string language = language_lost(source, stream); !language.empty()) lost.push_back(std::move(language));
  if (track == nullptr) return lost;
  if (std::string tags = tags_lost(*matroska, *track); !tags.empty()) lost.push_back(std::move(tags));
  if (pixel_crop(*track)) lost.emplace_back("its cropping: the whole picture is shown");
  if (is_off(*track)) lost.emplace_back("that players are to leave it out");
  return lost;
}

}  // namespace hevcpool::media
