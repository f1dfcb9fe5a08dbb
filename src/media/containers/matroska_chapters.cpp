// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_chapters.h"

#include "media/containers/ebml_library.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace hevcpool::media {
namespace {

using Time = std::int64_t;  // nanoseconds

constexpr Time kNever = std::numeric_limits<Time>::max();

Time nanoseconds(std::int64_t microseconds) {
  return microseconds >= kNever / 1000 ? kNever : microseconds <= -(kNever / 1000) ? -kNever : microseconds * 1000;
}

Time time_of(const std::optional<std::uint64_t>& value, Time otherwise) {
  return value && *value <= static_cast<std::uint64_t>(kNever) ? static_cast<Time>(*value) : otherwise;
}

Time begin_of(const Element& atom) { return time_of(atom.number<kax::KaxChapterTimeStart>(), 0); }

// Of a chapter that does not say: where the next one begins.
Time end_of(const std::vector<Element>& siblings, std::size_t n) {
  const Time own = time_of(siblings[n].number<kax::KaxChapterTimeEnd>(), kNever);
  if (own != kNever) return own;
  for (std::size_t next = n + 1; next < siblings.size(); ++next)
    if (siblings[next].is<kax::KaxChapterAtom>() && begin_of(siblings[next]) > begin_of(siblings[n]))
      return begin_of(siblings[next]);
  return kNever;
}

bool is_set(const Element& element, std::uint32_t flag) {
  const Element* found = element.find(flag);
  return found != nullptr && found->as_number() != 0;
}
bool is_hidden(const Element& atom) { return is_set(atom, id_of<kax::KaxChapterFlagHidden>()); }
bool is_disabled(const Element& atom) {
  const auto enabled = atom.number<kax::KaxChapterFlagEnabled>();
  return enabled && *enabled == 0;
}
bool is_ordered(const Element& edition) { return is_set(edition, id_of<kax::KaxEditionFlagOrdered>()); }

std::vector<Element> cut(const std::vector<Element>& children, Time begin, Time end);

// Nothing where it is outside.
std::optional<Element> cut_atom(const std::vector<Element>& siblings, std::size_t n, Time begin, Time end) {
  const Time first = begin_of(siblings[n]), last = end_of(siblings, n);
  if (first >= end || (last <= begin && last > first)) return std::nullopt;
  Element atom = siblings[n];
  atom.set_number<kax::KaxChapterTimeStart>(static_cast<std::uint64_t>(std::max<Time>(0, first - begin)));
  if (atom.find<kax::KaxChapterTimeEnd>() != nullptr)
    atom.set_number<kax::KaxChapterTimeEnd>(static_cast<std::uint64_t>(std::max<Time>(0, std::min(last, end) - begin)));
  atom.children = cut(atom.children, begin, end);
  return atom;
}

std::vector<Element> cut(const std::vector<Element>& children, Time begin, Time end) {
  std::vector<Element> kept;
  for (std::size_t n = 0; n < children.size(); ++n) {
    if (!children[n].is<kax::KaxChapterAtom>()) kept.push_back(children[n]);
    else if (auto atom = cut_atom(children, n, begin, end)) kept.push_back(std::move(*atom));
  }
  return kept;
}

// The first one that is marked as the default, else the first that is not hidden.
const Element* default_edition(const std::vector<Element>& editions) {
  for (const std::uint32_t flag : {id_of<kax::KaxEditionFlagDefault>(), 0U})
    for (const Element& edition : editions)
      if (edition.is<kax::KaxEditionEntry>() && (flag != 0 ? is_set(edition, flag)
                                                           : !is_set(edition, id_of<kax::KaxEditionFlagHidden>())))
        return &edition;
  return nullptr;
}

std::vector<const Element*> shown(const Element& edition) {
  std::vector<const Element*> atoms;
  for (const Element& atom : edition.children)
    if (atom.is<kax::KaxChapterAtom>() && !is_hidden(atom) && !is_disabled(atom)) atoms.push_back(&atom);
  std::ranges::stable_sort(atoms, {}, [](const Element* atom) { return begin_of(*atom); });
  return atoms;
}

void add(std::vector<std::string>& list, bool there, const char* what) {
  if (there && std::ranges::find(list, what) == list.end()) list.emplace_back(what);
}

void look_at(const Element& atom, bool inner, std::vector<std::string>& lost) {
  add(lost, inner, "chapters inside chapters");
  add(lost, is_hidden(atom) || is_disabled(atom), "hidden chapters");
  const auto names = std::ranges::count_if(atom.children, &Element::is<kax::KaxChapterDisplay>);
  add(lost, names > 1, "chapter names in several languages");
  for (const Element& child : atom.children)
    if (child.is<kax::KaxChapterAtom>()) look_at(child, true, lost);
}

// What libav says of each chapter, by its number: its title and tags.
class ChapterTags {
 public:
  explicit ChapterTags(AVFormatContext& format) {
    for (unsigned n = 0; n < format.nb_chapters; ++n)
      if (tags_.try_emplace(format.chapters[n]->id, format.chapters[n]->metadata).second) format.chapters[n]->metadata = nullptr;
  }
  ChapterTags(const ChapterTags&) = delete;
  ChapterTags& operator=(const ChapterTags&) = delete;
  ~ChapterTags() {
    for (auto& [id, tags] : tags_) av_dict_free(&tags);
  }
  // The caller's; null where there are none.
  AVDictionary* take(std::int64_t id) {
    const auto found = tags_.find(id);
    return found == tags_.end() ? nullptr : std::exchange(found->second, nullptr);
  }

 private:
  std::map<std::int64_t, AVDictionary*> tags_;
};

AVChapter* make_chapter(const Element& atom, Time begin, Time end, ChapterTags& tags) {
  auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
  if (chapter == nullptr) return nullptr;
  chapter->id = static_cast<std::int64_t>(atom.number<kax::KaxChapterUID>().value_or(0));
  chapter->time_base = kNanoseconds;
  chapter->start = begin;
  chapter->end = end;
  chapter->metadata = tags.take(chapter->id);
  const Element* display = atom.find<kax::KaxChapterDisplay>();
  if (chapter->metadata == nullptr && display != nullptr)
    av_dict_set(&chapter->metadata, "title", display->text<kax::KaxChapterString>().c_str(), 0);
  return chapter;
}

void free_chapters(AVFormatContext& format) {
  for (unsigned n = 0; n < format.nb_chapters; ++n) {
    av_dict_free(&format.chapters[n]->metadata);
    av_freep(&format.chapters[n]);
  }
  av_freep(&format.chapters);
  format.nb_chapters = 0;
}

// A chapter lasts until the next one begins, where it does not say.
Time shown_end(const std::vector<const Element*>& atoms, std::size_t n, Time film_end) {
  const Time begin = begin_of(*atoms[n]);
  const Time own = time_of(atoms[n]->number<kax::KaxChapterTimeEnd>(), kNever);
  if (own != kNever && own > begin) return own;
  return n + 1 < atoms.size() ? begin_of(*atoms[n + 1]) : std::max(begin, film_end);
}

}  // namespace

std::vector<Element> cut_editions(const std::vector<Element>& editions, std::int64_t begin, std::int64_t end) {
  std::vector<Element> kept;
  for (const Element& edition : editions) {
    Element part = edition;
    part.children = cut(edition.children, nanoseconds(begin), end == INT64_MAX ? kNever : nanoseconds(end));
    if (part.find<kax::KaxChapterAtom>() != nullptr) kept.push_back(std::move(part));
  }
  return kept;
}

std::vector<std::string> lost_in_one_list(const std::vector<Element>& editions) {
  std::vector<std::string> lost;
  add(lost, std::ranges::count_if(editions, &Element::is<kax::KaxEditionEntry>) > 1, "other editions of the chapters");
  for (const Element& edition : editions) {
    add(lost, is_ordered(edition), "the order in which the chapters are played");
    add(lost, is_set(edition, id_of<kax::KaxEditionFlagHidden>()), "hidden chapters");
    for (const Element& child : edition.children)
      if (child.is<kax::KaxChapterAtom>()) look_at(child, false, lost);
  }
  return lost;
}

Expected<void> use_default_edition(const std::vector<Element>& editions, AVFormatContext& format) {
  const Element* edition = default_edition(editions);
  if (edition == nullptr || lost_in_one_list(editions).empty()) return {};
  const auto atoms = shown(*edition);
  ChapterTags tags(format);
  free_chapters(format);
  if (atoms.empty()) return {};
  format.chapters = static_cast<AVChapter**>(av_calloc(atoms.size(), sizeof(AVChapter*)));
  if (format.chapters == nullptr) return fail_av("open", "chapters", AVERROR(ENOMEM));
  const Time film_end = format.duration > 0 ? av_rescale_q(format.duration, {1, AV_TIME_BASE}, kNanoseconds) : 0;
  for (std::size_t n = 0; n < atoms.size(); ++n) {
    AVChapter* chapter = make_chapter(*atoms[n], begin_of(*atoms[n]), shown_end(atoms, n, film_end), tags);
    if (chapter == nullptr) return fail_av("open", "chapters", AVERROR(ENOMEM));
    format.chapters[format.nb_chapters++] = chapter;
  }
  return {};
}

}  // namespace hevcpool::media
