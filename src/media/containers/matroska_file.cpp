// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_file.h"

#include "media/containers/ebml_library.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>

namespace hevcpool::media {
namespace {

using Place = MatroskaFile::Place;

constexpr std::size_t kMostPlaces = 1000;
constexpr std::uint64_t kMostOfElements = 32 << 20;  // of all elements of a kind
constexpr std::size_t kMostAttached = 5000;

Unexpected damaged() { return fail("open", "invalid_data", "the Matroska file's elements do not fit into one another"); }

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

bool read_all(int fd, std::uint8_t* to, std::size_t size, std::uint64_t at) {
  while (size > 0) {
    const ssize_t got = pread(fd, to, size, static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    at += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

std::optional<MatroskaFile> MatroskaFile::open(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  MatroskaFile file(fd);
  file.file_size_ = static_cast<std::uint64_t>(status.st_size);
  if (!file.find_segment()) return std::nullopt;
  file.walk();
  file.follow_seek_heads();
  std::ranges::sort(file.places_, {}, &Place::at);
  return file;
}

bool MatroskaFile::find_segment() {
  const auto head = place_at(0, file_size_);
  if (!head || head->id != id_of<libebml::EbmlHead>()) return false;
  auto place = place_at(head->end(), file_size_);
  if (place && place->id == id_of<libebml::EbmlVoid>()) place = place_at(place->end(), file_size_);
  if (!place || place->id != id_of<kax::KaxSegment>()) return false;
  segment_ = *place;
  return true;
}

// An element that begins there; its end is at most `end`. What has no size, or one beyond `end`, ends there.
std::optional<Place> MatroskaFile::place_at(std::uint64_t at, std::uint64_t end) const {
  if (at >= end) return std::nullopt;
  std::array<std::uint8_t, kLongestElementHeader> bytes{};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), end - at));
  if (!read_all(fd_, bytes.data(), size, at)) return std::nullopt;
  const auto header = read_element_header({bytes.data(), size});
  if (!header) return std::nullopt;
  Place place{.id = header->id, .at = at, .header = header->header, .size = header->size};
  if (header->unknown_size || place.size > end - place.body()) place.size = end - place.body();
  return place;
}

void MatroskaFile::walk() {
  std::uint64_t at = segment_.body();
  first_cluster_ = segment_.end();
  while (places_.size() < kMostPlaces) {
    const auto place = place_at(at, segment_.end());
    if (!place) return;
    if (place->id == id_of<kax::KaxCluster>()) {
      first_cluster_ = at;
      return;
    }
    places_.push_back(*place);
    at = place->end();
  }
}

void MatroskaFile::follow_seek_heads() {
  constexpr std::size_t kMostSeekHeads = 8;
  std::vector<std::uint64_t> seen;
  for (std::size_t n = 0; n < places_.size() && seen.size() < kMostSeekHeads; ++n) {
    if (places_[n].id != id_of<kax::KaxSeekHead>() || places_[n].size > kMostOfElements) continue;
    seen.push_back(places_[n].at);
    const auto bytes = read(places_[n].body(), places_[n].size);
    const auto entries = bytes ? parse_elements(bytes_of(*bytes)) : Unexpected(bytes.error());
    if (!entries) continue;
    for (const Element& entry : *entries) follow(entry);
  }
}

void MatroskaFile::follow(const Element& seek) {
  const auto position = seek.number<kax::KaxSeekPosition>();
  const auto id = seek.number<kax::KaxSeekID>();
  if (!position || !id || *position >= segment_.size || places_.size() >= kMostPlaces) return;
  const std::uint64_t at = segment_.body() + *position;
  if (*id == id_of<kax::KaxCluster>() || std::ranges::find(places_, at, &Place::at) != places_.end()) return;
  const auto place = place_at(at, segment_.end());
  if (place && place->id == *id) places_.push_back(*place);
}

Expected<std::string> MatroskaFile::read(std::uint64_t at, std::uint64_t size) const {
  if (size > kMostOfElements || size > file_size_ || at > file_size_ - size) return damaged();
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!read_all(fd_, reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size(), at))
    return fail_errno("open", "reading the Matroska file's elements", errno ? errno : EIO);
  return bytes;
}

Expected<std::vector<Element>> MatroskaFile::load(std::uint32_t id) const {
  std::vector<Element> all;
  std::uint64_t rest = kMostOfElements;
  for (const Place& place : places_) {
    if (place.id != id) continue;
    if (place.size > rest) return damaged();
    rest -= place.size;
    HEVCPOOL_ASSIGN(const std::string bytes, read(place.body(), place.size));
    HEVCPOOL_ASSIGN(std::vector<Element> elements, parse_elements(bytes_of(bytes)));
    std::ranges::move(elements, std::back_inserter(all));
  }
  return all;
}

// One attached file: everything but its content, which may be large.
Expected<MatroskaFile::Attached> MatroskaFile::attached(const Place& place) const {
  Attached out;
  out.file.id = place.id;
  std::uint64_t rest = kMostOfElements / 1024;
  for (std::uint64_t at = place.body(); at < place.end();) {
    const auto inner = place_at(at, place.end());
    if (!inner) return damaged();
    at = inner->end();
    if (inner->id == id_of<kax::KaxFileData>()) {
      out.has_content |= inner->size > 0;
      continue;
    }
    if (inner->size > rest || out.file.children.size() > 100) return damaged();
    rest -= inner->size;
    Element& element = out.file.children.emplace_back();
    element.id = inner->id;
    HEVCPOOL_ASSIGN(element.data, read(inner->body(), inner->size));
    if (inner->id == id_of<kax::KaxFileUID>()) out.uid = *inner;
  }
  return out;
}

Expected<std::vector<MatroskaFile::Attached>> MatroskaFile::attachments() const {
  std::vector<Attached> all;
  for (const Place& place : places_) {
    if (place.id != id_of<kax::KaxAttachments>()) continue;
    for (std::uint64_t at = place.body(); at < place.end();) {
      const auto inner = place_at(at, place.end());
      if (!inner || all.size() >= kMostAttached) return damaged();
      at = inner->end();
      if (inner->id != id_of<kax::KaxAttached>()) continue;
      HEVCPOOL_ASSIGN(Attached file, attached(*inner));
      all.push_back(std::move(file));
    }
  }
  return all;
}

}  // namespace hevcpool::media
