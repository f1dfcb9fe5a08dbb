// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/containers/mp4_boxes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace hevcpool::media {
namespace {

constexpr int kMostBoxes = 100000;  // looked at, in all
constexpr std::uint64_t kMostOfBox = 4096;  // of a box that is read

struct Box {
  std::string type;
  std::uint64_t begin = 0, end = 0;  // of what is inside
};

// Of a QuickTime sound description, by its version.
constexpr std::array<std::uint64_t, 3> kSoundEntry = {28, 44, 64};

class Reader {
 public:
  explicit Reader(int fd) : fd_(fd) {}

  std::vector<Mp4Track> tracks() {
    struct stat status {};
    if (fstat(fd_, &status) != 0) return {};
    const auto moov = find({.type = {}, .begin = 0, .end = static_cast<std::uint64_t>(status.st_size)}, "moov");
    std::vector<Mp4Track> tracks;
    if (!moov) return tracks;
    for (std::uint64_t at = moov->begin; const auto box = next(*moov, at);)
      if (box->type == "trak") tracks.push_back(track(*box));
    return tracks;
  }

 private:
  std::string read(std::uint64_t begin, std::uint64_t end) const {
    std::string bytes(static_cast<std::size_t>(std::min(end - std::min(begin, end), kMostOfBox)), '\0');
    ssize_t got;
    do got = pread(fd_, bytes.data(), bytes.size(), static_cast<off_t>(begin));
    while (got < 0 && errno == EINTR);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(0, got)));
    return bytes;
  }

  static std::uint64_t number(std::string_view bytes) {
    std::uint64_t value = 0;
    for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }

  // The box at `at`, which becomes the next one's place. Nothing at the end, and where there is no box.
  std::optional<Box> next(const Box& parent, std::uint64_t& at) {
    if (++looked_at_ > kMostBoxes || at >= parent.end || parent.end - at < 8) return std::nullopt;
    const std::string head = read(at, std::min(parent.end, at + 16));
    if (head.size() < 8) return std::nullopt;
    std::uint64_t size = number(std::string_view(head).substr(0, 4)), header = 8;
    if (size == 1 && head.size() == 16) size = number(std::string_view(head).substr(8, 8)), header = 16;
    if (size == 0) size = parent.end - at;
    if (size < header || size > parent.end - at) return std::nullopt;
    const Box box{.type = head.substr(4, 4), .begin = at + header, .end = at + size};
    at += size;
    return box;
  }

  std::optional<Box> find(const Box& parent, std::string_view type) {
    for (std::uint64_t at = parent.begin; const auto box = next(parent, at);)
      if (box->type == type) return box;
    return std::nullopt;
  }

  std::optional<Box> find(Box parent, std::initializer_list<std::string_view> path) {
    for (const std::string_view type : path) {
      const auto box = find(parent, type);
      if (!box) return std::nullopt;
      parent = *box;
    }
    return parent;
  }

  Mp4Track track(const Box& trak) {
    Mp4Track track;
    if (const auto header = find(trak, "tkhd")) {
      const std::string bytes = read(header->begin, header->end);
      const std::size_t place = !bytes.empty() && bytes[0] == 1 ? 20 : 12;
      if (bytes.size() >= place + 4) track.id = static_cast<std::uint32_t>(number(std::string_view(bytes).substr(place, 4)));
    }
    if (const auto header = find(trak, {"mdia", "mdhd"})) {
      const std::uint64_t place = read(header->begin, header->begin + 1) == std::string(1, '\1') ? 32 : 20;
      if (header->end - header->begin >= place + 2) track.language_code_at = header->begin + place;
    }
    if (const auto language = find(trak, {"mdia", "elng"})) {
      const std::string bytes = read(language->begin, language->end);
      if (bytes.size() > 4) track.language = bytes.substr(4, bytes.find('\0', 4) - 4);
    }
    if (const auto descriptions = find(trak, {"mdia", "minf", "stbl", "stsd"})) read_entry(*descriptions, track);
    return track;
  }

  // What stands behind the fixed part of a visual sample entry; of another entry that has no such boxes there.
  void read_picture(const Box& entry, Mp4Track& track) {
    constexpr std::uint64_t kFixed = 78;
    constexpr std::size_t kWidth = 24;
    if (entry.end - entry.begin <= kFixed) return;
    const std::string head = read(entry.begin, entry.begin + kFixed);
    if (head.size() < kFixed) return;
    const Box inside{.type = {}, .begin = entry.begin + kFixed, .end = entry.end};
    track.describes_eyes = find(inside, "vexu").has_value();
    const auto aperture = find(inside, "clap");
    const std::string bytes = aperture ? read(aperture->begin, aperture->end) : std::string();
    const auto at = [&bytes](std::size_t place) { return number(std::string_view(bytes).substr(4 * place, 4)); };
    if (bytes.size() < 32 || at(1) == 0 || at(3) == 0) return;
    const std::uint64_t width = at(0) / at(1), height = at(2) / at(3);
    const std::uint64_t whole_width = number(std::string_view(head).substr(kWidth, 2));
    const std::uint64_t whole_height = number(std::string_view(head).substr(kWidth + 2, 2));
    if (width < whole_width || height < whole_height)
      track.clean_aperture = std::to_string(width) + "x" + std::to_string(height);
  }

  void read_entry(const Box& descriptions, Mp4Track& track) {
    std::uint64_t at = descriptions.begin + 8;  // version, flags, count
    const auto entry = next(descriptions, at);
    if (!entry) return;
    track.entry = entry->type;
    read_picture(*entry, track);
    if (entry->type != "fpcm" && entry->type != "ipcm") return;
    const std::string head = read(entry->begin, std::min(entry->end, entry->begin + 10));
    const std::uint64_t version = head.size() == 10 ? number(std::string_view(head).substr(8, 2)) : 0;
    const std::uint64_t inside = entry->begin + kSoundEntry[version < kSoundEntry.size() ? version : 0];
    if (inside > entry->end) return;
    const auto config = find({.type = {}, .begin = inside, .end = entry->end}, "pcmC");
    const std::string bytes = config ? read(config->begin, config->end) : std::string();
    if (bytes.size() < 6) return;
    track.pcm_little_endian = (bytes[4] & 1) != 0;
    track.pcm_bits = static_cast<std::uint8_t>(bytes[5]);
  }

  int fd_;
  int looked_at_ = 0;
};

}  // namespace

std::vector<Mp4Track> read_mp4_tracks(int fd) { return Reader(fd).tracks(); }

}  // namespace hevcpool::media
