// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_tags.h"

#include "media/containers/ebml_library.h"
#include "media/libav/tag_keys.h"

#include <algorithm>
#include <array>
#include <optional>

namespace hevcpool::media {
namespace {

constexpr std::uint64_t kFilmLevel = 50;  // of Matroska's target types

// The numbers that a tag names, of one kind. Those that the output lacks are taken out; false where none is left.
template <class Kind, class Keep>
bool keep_targets(Element& targets, Keep keep) {
  bool left = false, any = false;
  for (Element& target : targets.children) {
    if (!target.is<Kind>()) continue;
    any = true;
    const std::uint64_t number = target.as_number();
    const std::optional<std::uint64_t> now = number == 0 ? std::optional(number) : keep(number);  // 0: all of them
    if (now) target.data = Element::number_bytes(*now), left = true;
    else target.id = 0;
  }
  if (any) std::erase_if(targets.children, [](const Element& target) { return target.id == 0; });
  return !any || left;
}

auto in_map(const std::map<std::uint64_t, std::uint64_t>& numbers) {
  return [&numbers](std::uint64_t number) -> std::optional<std::uint64_t> {
    const auto found = numbers.find(number);
    return found == numbers.end() ? std::nullopt : std::optional(found->second);
  };
}
auto in_set(const std::set<std::uint64_t>& numbers) {
  return [&numbers](std::uint64_t number) { return numbers.contains(number) ? std::optional(number) : std::nullopt; };
}

bool point_into_output(Element& tag, const TagTargets& there) {
  Element* targets = tag.find<kax::KaxTagTargets>();
  if (targets == nullptr) return true;
  return keep_targets<kax::KaxTagTrackUID>(*targets, in_map(there.tracks)) &&
         keep_targets<kax::KaxTagAttachmentUID>(*targets, in_map(there.attachments)) &&
         keep_targets<kax::KaxTagEditionUID>(*targets, in_set(there.editions)) &&
         keep_targets<kax::KaxTagChapterUID>(*targets, in_set(there.chapters));
}

// The one track that a tag is about; 0: the whole file; nothing: something else, which the muxer says nothing of.
std::optional<std::uint64_t> simple_target(const Element& tag) {
  const Element* targets = tag.find<kax::KaxTagTargets>();
  if (targets == nullptr) return 0;
  std::uint64_t track = 0;
  for (const Element& target : targets->children) {
    if (target.is<kax::KaxTagTrackUID>() && track == 0) track = target.as_number();
    else if (target.is<kax::KaxTagTargetTypeValue>() && (track != 0 || target.as_number() == kFilmLevel)) continue;
    else if (target.is<kax::KaxTagTargetTypeValue>() && targets->find<kax::KaxTagTrackUID>() != nullptr) continue;
    else if (!target.is<kax::KaxTagTargetType>()) return std::nullopt;
  }
  return track;
}

bool speaks_of_encoding(std::string_view name) {
  return among(name, std::array<std::string_view, 2>{"encoder", "vendor_id"});
}

std::string name_of(const Element& simple) { return simple.text<kax::KaxTagName>(); }

void drop_simple_tags(Element& tag, auto unwanted) {
  std::erase_if(tag.children, [&](const Element& child) {
    return child.is<kax::KaxTagSimple>() && unwanted(name_of(child));
  });
}

bool says_something(const Element& tag) { return tag.find<kax::KaxTagSimple>() != nullptr; }

// What the muxer says as well.
bool is_written(const std::vector<Element>& written, std::uint64_t target, const std::string& name) {
  return std::ranges::any_of(written, [&](const Element& tag) {
    return simple_target(tag) == target && std::ranges::any_of(tag.children, [&](const Element& child) {
      return child.is<kax::KaxTagSimple>() && equal_ignoring_case(name_of(child), name);
    });
  });
}

void note_atoms(const Element& element, TagTargets& targets) {
  for (const Element& atom : element.children) {
    if (!atom.is<kax::KaxChapterAtom>()) continue;
    targets.chapters.insert(atom.number<kax::KaxChapterUID>().value_or(0));
    note_atoms(atom, targets);
  }
}

}  // namespace

bool is_statistics(std::string_view key) {
  constexpr std::array<std::string_view, 5> kStatistics = {"BPS", "DURATION", "NUMBER_OF_FRAMES", "NUMBER_OF_BYTES",
                                                           "SOURCE_ID"};
  const std::string_view name = key.substr(0, key.find('-'));
  return among(name, kStatistics) || key.starts_with("_STATISTICS");
}

std::vector<Element> joined_tags(const std::vector<Element>& source, std::vector<Element> written,
                                 const TagTargets& targets) {
  std::vector<Element> joined;
  for (Element tag : source) {
    if (!tag.is<kax::KaxTag>() || !point_into_output(tag, targets)) continue;
    const auto target = simple_target(tag);
    const bool encoded = target && targets.encoded.contains(*target);
    drop_simple_tags(tag, [&](const std::string& name) {
      return (target && *target != 0 && is_statistics(name)) || (encoded && speaks_of_encoding(name)) ||
             (target && is_written(written, *target, name));
    });
    if (says_something(tag)) joined.push_back(std::move(tag));
  }
  std::ranges::move(written, std::back_inserter(joined));
  return joined;
}

void note_chapters(const std::vector<Element>& editions, TagTargets& targets) {
  for (const Element& edition : editions) {
    if (const auto uid = edition.number<kax::KaxEditionUID>()) targets.editions.insert(*uid);
    note_atoms(edition, targets);
  }
}

}  // namespace hevcpool::media
