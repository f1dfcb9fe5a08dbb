// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/ebml.h"

#include "media/containers/ebml_library.h"

#include <algorithm>
#include <array>
#include <bit>

namespace hevcpool::media {
namespace {

Unexpected no_ebml(const char* why) { return fail("open", "invalid_data", std::string("no Matroska elements: ") + why); }

class Parser {
 public:
  explicit Parser(const EbmlLimits& limits) : limits_(limits) {}

  Expected<std::vector<Element>> parse(std::span<const std::uint8_t> bytes, int depth) {
    if (depth > limits_.depth) return no_ebml("too deep");
    std::vector<Element> elements;
    while (!bytes.empty()) {
      const auto header = read_element_header(bytes);
      if (!header || header->unknown_size) return no_ebml("no size");
      bytes = bytes.subspan(static_cast<std::size_t>(header->header));
      if (header->size > bytes.size()) return no_ebml("larger than what it is in");
      if (++count_ > limits_.elements) return no_ebml("too many");
      const auto body = bytes.first(static_cast<std::size_t>(header->size));
      bytes = bytes.subspan(body.size());
      if (header->id == id_of<libebml::EbmlVoid>() || header->id == id_of<libebml::EbmlCrc32>()) continue;
      Element& element = elements.emplace_back();
      element.id = header->id;
      HEVCPOOL_CHECK(fill(element, body, depth));
    }
    return elements;
  }

 private:
  Expected<void> fill(Element& element, std::span<const std::uint8_t> body, int depth) {
    if (!is_master(element.id)) {
      element.data.assign(body.begin(), body.end());
      return {};
    }
    HEVCPOOL_ASSIGN(element.children, parse(body, depth + 1));
    return {};
  }

  const EbmlLimits& limits_;
  std::size_t count_ = 0;
};

std::size_t id_length(std::uint32_t id) { return id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1; }

std::size_t body_size(const Element& element) {
  std::size_t size = element.data.size();
  for (const Element& child : element.children) size += child.size();
  return size;
}

}  // namespace

bool is_master(std::uint32_t id) {
  static const std::array kMasters = {
      id_of<kax::KaxSeekHead>(),       id_of<kax::KaxSeek>(),           id_of<kax::KaxTracks>(),
      id_of<kax::KaxTrackEntry>(),     id_of<kax::KaxTrackVideo>(),     id_of<kax::KaxTrackAudio>(),
      id_of<kax::KaxVideoProjection>(), id_of<kax::KaxChapters>(),      id_of<kax::KaxEditionEntry>(),
      id_of<kax::KaxChapterAtom>(),    id_of<kax::KaxChapterDisplay>(), id_of<kax::KaxChapterTrack>(),
      id_of<kax::KaxTags>(),           id_of<kax::KaxTag>(),            id_of<kax::KaxTagTargets>(),
      id_of<kax::KaxTagSimple>(),      id_of<kax::KaxAttachments>(),    id_of<kax::KaxAttached>()};
  return std::ranges::find(kMasters, id) != kMasters.end();
}

std::optional<ElementHeader> read_element_header(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return std::nullopt;
  const auto length = static_cast<std::size_t>(std::countl_zero(bytes[0])) + 1;
  if (length > 4 || length > bytes.size()) return std::nullopt;
  ElementHeader header;
  for (std::size_t n = 0; n < length; ++n) header.id = header.id << 8 | bytes[n];
  const CodedSize size = read_coded_size(bytes.subspan(length));
  if (size.length == 0) return std::nullopt;
  header.size = size.value;
  header.header = static_cast<int>(length) + size.length;
  header.unknown_size = size.unknown;
  return header;
}

Expected<std::vector<Element>> parse_elements(std::span<const std::uint8_t> bytes, const EbmlLimits& limits) {
  return Parser(limits).parse(bytes, 0);
}

std::size_t Element::size() const {
  const std::size_t body = body_size(*this);
  return id_length(id) + coded_size(body).size() + body;
}

const Element* Element::find(std::uint32_t child) const {
  const auto found = std::ranges::find(children, child, &Element::id);
  return found == children.end() ? nullptr : &*found;
}

Element& Element::child(std::uint32_t child) {
  if (Element* found = find(child)) return *found;
  Element& made = children.emplace_back();
  made.id = child;
  return made;
}

void Element::remove(std::uint32_t child) {
  std::erase_if(children, [child](const Element& element) { return element.id == child; });
}

std::uint64_t Element::as_number() const {
  if (data.size() > 8) return 0;
  std::uint64_t value = 0;
  for (const char byte : data) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

std::string Element::as_text() const { return data.substr(0, data.find('\0')); }

std::string Element::number_bytes(std::uint64_t value) {
  std::string bytes;
  do bytes.insert(bytes.begin(), static_cast<char>(value & 0xff));
  while (value >>= 8);
  return bytes;
}

std::string Element::float_bytes(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(bits >> shift & 0xff));
  return bytes;
}

std::string id_bytes(std::uint32_t id) { return Element::number_bytes(id); }

void write_element(const Element& element, std::string& out, int size_length) {
  out += id_bytes(element.id);
  out += coded_size(body_size(element), size_length);
  out += element.data;
  for (const Element& child : element.children) write_element(child, out);
}

std::string void_element(std::size_t bytes) {
  const int length = bytes < 10 ? 1 : 8;
  std::string out = id_bytes(id_of<libebml::EbmlVoid>());
  out += coded_size(bytes - 1 - static_cast<std::size_t>(length), length);
  out.resize(bytes);
  return out;
}

}  // namespace hevcpool::media
