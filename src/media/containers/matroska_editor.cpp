// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/matroska_editor.h"

#include "media/containers/ebml_library.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <unistd.h>

namespace hevcpool::media {
namespace {

using Place = MatroskaFile::Place;

Unexpected does_not_fit(const char* what) {
  return fail("mux", "matroska", std::string("the Matroska file cannot be completed: ") + what);
}

// The element in that many bytes, which it fits into. A rest of one byte cannot be marked as empty: the size takes it.
std::string filling(const Element& element, std::uint64_t room) {
  std::string bytes;
  write_element(element, bytes);
  if (bytes.size() + 1 == room) {
    const auto header = read_element_header({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
    const int size_length = header->header - static_cast<int>(id_bytes(element.id).size()) + 1;
    bytes.clear();
    write_element(element, bytes, size_length);
  }
  if (bytes.size() < room) bytes += void_element(static_cast<std::size_t>(room) - bytes.size());
  return bytes;
}

}  // namespace

Expected<MatroskaEditor> MatroskaEditor::open(int fd) {
  auto file = MatroskaFile::open(fd);
  if (!file) return does_not_fit("it has no segment");
  MatroskaEditor editor(fd, std::move(*file));
  HEVCPOOL_ASSIGN(editor.info_, editor.file_.load(id_of<kax::KaxInfo>()));
  HEVCPOOL_ASSIGN(editor.tracks_, editor.file_.load(id_of<kax::KaxTracks>()));
  HEVCPOOL_ASSIGN(editor.editions_, editor.file_.load(id_of<kax::KaxChapters>()));
  HEVCPOOL_ASSIGN(editor.tags_, editor.file_.load(id_of<kax::KaxTags>()));
  HEVCPOOL_ASSIGN(editor.attachments_, editor.file_.attachments());
  editor.end_ = editor.file_.file_size();
  return editor;
}

bool MatroskaEditor::is_replaced(std::uint32_t id) const {
  return id == id_of<kax::KaxInfo>() || id == id_of<kax::KaxTracks>() ||
         id == id_of<kax::KaxChapters>() || id == id_of<kax::KaxTags>();
}

// The void behind the SeekHead is that one's.
bool MatroskaEditor::is_free(const Place& place) const {
  const auto& places = file_.places();
  if (is_replaced(place.id)) return true;
  if (place.id != id_of<libebml::EbmlVoid>()) return false;
  return std::ranges::none_of(places, [&](const Place& other) {
    return other.id == id_of<kax::KaxSeekHead>() && other.end() == place.at;
  });
}

// What is replaced, and reserved space; neighbours together.
std::vector<MatroskaEditor::Room> MatroskaEditor::free_rooms() const {
  std::vector<Room> rooms;
  for (const Place& place : file_.places()) {
    if (!is_free(place)) continue;
    if (!rooms.empty() && rooms.back().end == place.at) rooms.back().end = place.end();
    else rooms.push_back({place.at, place.end()});
  }
  return rooms;
}

Expected<void> MatroskaEditor::write(const std::string& bytes, std::uint64_t at) const {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = pwrite(fd_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return fail_errno("mux", "write", put < 0 ? errno : EIO);
    done += static_cast<std::size_t>(put);
  }
  return {};
}

// Into the first room that is large enough.
Expected<void> MatroskaEditor::place(std::uint32_t id, const std::vector<Element>& content, std::vector<Room>& rooms) {
  if (content.empty()) return {};
  const Element element{.id = id, .data = {}, .children = content};
  const std::uint64_t size = element.size();
  const auto room = std::ranges::find_if(rooms, [&](const Room& r) { return r.size() >= size; });
  if (room == rooms.end()) {
    std::string bytes;
    write_element(element, bytes);
    return append(bytes, id);
  }
  written_.push_back({.id = id, .at = room->begin});
  const bool takes_all = size + 1 == room->size();
  HEVCPOOL_CHECK(write(filling(element, takes_all ? room->size() : size), room->begin));
  room->begin = takes_all ? room->end : room->begin + size;
  return {};
}

Expected<void> MatroskaEditor::append(const std::string& bytes, std::uint32_t id) {
  if (file_.segment().end() != file_.file_size()) return does_not_fit("something follows the segment");
  HEVCPOOL_CHECK(write(bytes, end_));
  written_.push_back({.id = id, .at = end_});
  end_ += bytes.size();
  return {};
}

Expected<void> MatroskaEditor::write_numbers_of_files() const {
  for (const auto& attached : attachments_) {
    const Element* uid = attached.file.find<kax::KaxFileUID>();
    if (uid == nullptr || attached.uid.id == 0) continue;
    if (uid->data.size() > attached.uid.size) return does_not_fit("the number of an attached file");
    const std::string zeros(static_cast<std::size_t>(attached.uid.size) - uid->data.size(), '\0');
    HEVCPOOL_CHECK(write(zeros + uid->data, attached.uid.body()));
  }
  return {};
}

Expected<void> MatroskaEditor::write_seek_head() const {
  const auto& places = file_.places();
  const auto head = std::ranges::find(places, id_of<kax::KaxSeekHead>(), &Place::id);
  if (head == places.end()) return {};
  std::vector<Place> wanted = written_;
  for (const Place& place : places)
    if (!is_replaced(place.id) && place.id != id_of<libebml::EbmlVoid>() && place.id != id_of<kax::KaxSeekHead>())
      wanted.push_back(place);
  std::ranges::sort(wanted, {}, &Place::at);
  Element seek_head{.id = id_of<kax::KaxSeekHead>(), .data = {}, .children = {}};
  for (const Place& place : wanted) {
    Element& seek = seek_head.children.emplace_back();
    seek.id = id_of<kax::KaxSeek>();
    seek.set_text<kax::KaxSeekID>(id_bytes(place.id));
    seek.set_number<kax::KaxSeekPosition>(place.at - file_.segment().body());
  }
  std::uint64_t end = head->end();
  if (const auto next = head + 1; next != places.end() && next->id == id_of<libebml::EbmlVoid>() && next->at == end)
    end = next->end();
  if (seek_head.size() > end - head->at) return does_not_fit("its SeekHead");
  return write(filling(seek_head, end - head->at), head->at);
}

Expected<void> MatroskaEditor::write_segment_size() const {
  const Place& segment = file_.segment();
  if (end_ == file_.file_size()) return {};
  const int length = segment.header - static_cast<int>(id_bytes(segment.id).size());
  return write(coded_size(end_ - segment.body(), length), segment.body() - static_cast<std::uint64_t>(length));
}

Expected<void> MatroskaEditor::save() {
  std::vector<Room> rooms = free_rooms();
  HEVCPOOL_CHECK(place(id_of<kax::KaxInfo>(), info_, rooms));
  HEVCPOOL_CHECK(place(id_of<kax::KaxTracks>(), tracks_, rooms));
  HEVCPOOL_CHECK(place(id_of<kax::KaxChapters>(), editions_, rooms));
  HEVCPOOL_CHECK(place(id_of<kax::KaxTags>(), tags_, rooms));
  for (const Room& room : rooms)
    if (room.size() > 0) HEVCPOOL_CHECK(write(void_element(static_cast<std::size_t>(room.size())), room.begin));
  HEVCPOOL_CHECK(write_numbers_of_files());
  HEVCPOOL_CHECK(write_seek_head());
  return write_segment_size();
}

}  // namespace hevcpool::media
