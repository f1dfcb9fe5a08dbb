// SPDX-License-Identifier: GPL-2.0-or-later
#include "media/libav/encryption.h"

#include "media/libav/file_bytes.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace hevcpool::media {
namespace {

using namespace std::string_view_literals;

using Schemes = std::map<std::uint64_t, std::string>;  // by the stream's id in the container

bool is_named(const AVFormatContext& format, std::string_view name) {
  const std::string_view names = format.iformat->name;
  return names == name || names.starts_with(std::string(name) + ",");
}

// The boxes of an ISO base media file, as far as they lead to the sample entries.
class Boxes {
 public:
  explicit Boxes(int fd) : file_(fd) {}

  Schemes encrypted_tracks() {
    if (const auto movie = find({0, file_.size()}, "moov"))
      each(*movie, "trak", [this](Box track) { look_into(track); });
    return std::move(schemes_);
  }

 private:
  struct Box {
    std::uint64_t begin = 0, end = 0;  // of its content
  };
  static constexpr int kMostBoxes = 10'000;  // in one

  // Calls `use` for every box of that type; stops when it returns true.
  template <class Use>
  void walk(Box in, Use use) {
    for (int n = 0; in.begin + 8 <= in.end && n < kMostBoxes; ++n) {
      std::uint64_t size = file_.big_endian(in.begin, 4), head = 8;
      if (size == 1) size = file_.big_endian(in.begin + 8, 8), head = 16;
      if (size == 0) size = in.end - in.begin;
      if (size < head || size > in.end - in.begin) return;
      const std::string type(file_.at(in.begin + 4, 4));
      if (use(type, Box{in.begin + head, in.begin + size})) return;
      in.begin += size;
    }
  }

  std::optional<Box> find(Box in, std::string_view wanted) {
    std::optional<Box> found;
    walk(in, [&](const std::string& type, Box box) {
      if (type == wanted) found = box;
      return found.has_value();
    });
    return found;
  }

  template <class Use>
  void each(Box in, std::string_view wanted, Use use) {
    walk(in, [&](const std::string& type, Box box) {
      if (type == wanted) use(box);
      return false;
    });
  }

  void look_into(Box track) {
    const auto head = find(track, "tkhd");
    std::optional<Box> box = head ? track : std::optional<Box>();
    for (const char* name : {"mdia", "minf", "stbl", "stsd"})
      if (box) box = find(*box, name);
    if (!box) return;
    const bool wide = file_.big_endian(head->begin, 1) == 1;  // times of 64 bits
    const std::uint64_t id = file_.big_endian(head->begin + (wide ? 20 : 12), 4);
    walk({box->begin + 8, box->end}, [&](const std::string& type, Box entry) {
      if (auto scheme = scheme_of(type, entry); !scheme.empty()) schemes_.emplace(id, std::move(scheme));
      return false;
    });
  }

  // Of a sample entry. What is before its boxes has a length that depends on the kind of media, and on more.
  std::string scheme_of(const std::string& type, Box entry) {
    if (!type.starts_with("enc") && !type.starts_with("drm")) return {};
    constexpr std::uint64_t kMost = 64 << 10;
    const std::string_view content = file_.at(entry.begin, static_cast<std::size_t>(std::min(kMost, entry.end - entry.begin)));
    constexpr std::size_t kIsProtected = 10;  // in "tenc", from its name on
    const auto defaults = content.find("tenc"), scheme = content.find("schm");
    const bool open = defaults != content.npos && defaults + kIsProtected < content.size() &&
                      content[defaults + kIsProtected] == 0;
    if (open) return {};  // samples are clear unless a group of them says otherwise
    if (scheme == content.npos || scheme + 12 > content.size()) return type;
    return std::string(content.substr(scheme + 8, 4));
  }

  FileBytes file_;
  Schemes schemes_;
};

// The share of scrambled packets of each stream, from three places of the file.
class Scrambling {
 public:
  explicit Scrambling(int fd) : file_(fd) {}

  Schemes of_transport_stream() {
    for_each_sample([this](std::string_view bytes) { count_packets(bytes); });
    return scrambled("scrambled transport stream");
  }

  Schemes of_program_stream() {
    for_each_sample([this](std::string_view bytes) { count_pes(bytes); });
    return scrambled("scrambled programme stream");
  }

 private:
  struct Count {
    int all = 0, scrambled = 0;
  };

  template <class Use>
  void for_each_sample(Use use) {
    constexpr std::size_t kSample = 256 << 10;
    const std::uint64_t size = file_.size(), last = size > kSample ? size - kSample : 0;
    for (const std::uint64_t place : {std::uint64_t{0}, last / 2, last}) {
      use(file_.at(place, kSample));
      if (last == 0) return;
    }
  }

  // Packets of 188 bytes; 192 with a time stamp before, 204 with a checksum behind them.
  void count_packets(std::string_view bytes) {
    for (const std::size_t size : {188u, 192u, 204u}) {
      for (std::size_t first = 0; first < size; ++first) {
        if (!is_in_step(bytes, first, size)) continue;
        for (std::size_t n = first; n + 4 <= bytes.size(); n += size)
          if (bytes[n] == 'G') count(bytes.substr(n, 4));
        return;
      }
    }
  }

  static bool is_in_step(std::string_view bytes, std::size_t first, std::size_t size) {
    constexpr std::size_t kInARow = 5;
    for (std::size_t n = 0; n < kInARow; ++n)
      if (first + n * size >= bytes.size() || bytes[first + n * size] != 'G') return false;
    return true;
  }

  void count(std::string_view packet) {
    const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(packet[n]); };
    if ((byte(3) & 0x10) == 0) return;  // without payload
    Count& each = counts_[static_cast<std::uint64_t>(byte(1) & 0x1f) << 8 | byte(2)];
    ++each.all;
    each.scrambled += (byte(3) & 0xc0) != 0;
  }

  // Packets of sound and picture of MPEG-2, whose second byte after the length begins with the bits 10.
  void count_pes(std::string_view bytes) {
    for (auto at = bytes.find("\0\0\1"sv); at != bytes.npos && at + 7 <= bytes.size(); at = bytes.find("\0\0\1"sv, at + 3)) {
      const auto id = static_cast<unsigned char>(bytes[at + 3]), flags = static_cast<unsigned char>(bytes[at + 6]);
      if (id < 0xbd || id > 0xef || id == 0xbe || id == 0xbf || (flags & 0xc0) != 0x80) continue;
      Count& each = counts_[id];
      ++each.all;
      each.scrambled += (flags & 0x30) != 0;
    }
  }

  Schemes scrambled(const char* name) const {
    constexpr int kFewest = 8;  // to tell
    Schemes schemes;
    for (const auto& [id, count] : counts_)
      if (count.all >= kFewest && 2 * count.scrambled > count.all) schemes.emplace(id, name);
    return schemes;
  }

  FileBytes file_;
  std::map<std::uint64_t, Count> counts_;
};

// Of the whole file.
std::string asf_encryption(int fd) {
  constexpr auto kPlain = "\xfb\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e"sv;
  constexpr auto kExtended = "\x14\xe6\x8a\x29\x22\x26\x17\x4c\xb9\x35\xda\xe0\x7e\xe9\x28\x9c"sv;
  constexpr std::uint64_t kHead = 30;  // of the header object, before the objects in it
  constexpr int kMostObjects = 1000;
  FileBytes file(fd);
  const std::uint64_t end = std::min(file.size(), file.little_endian(16, 8));
  std::uint64_t at = kHead;
  for (int n = 0; at + 24 <= end && n < kMostObjects; ++n) {
    const std::string_view id = file.at(at, 16);
    if (id == kPlain || id == kExtended) return "Windows Media DRM";
    const std::uint64_t size = file.little_endian(at + 16, 8);
    if (size < 24 || size > end - at) break;
    at += size;
  }
  return {};
}

// Elementary streams of HLS with encrypted samples have stream types of their own.
bool is_sample_aes(const AVStream& stream) {
  constexpr std::array<unsigned, 4> kTypes = {0xc1, 0xc2, 0xcf, 0xdb};
  return std::ranges::find(kTypes, stream.codecpar->codec_tag) != kTypes.end();
}

bool has_key_id(const AVStream& stream) { return av_dict_get(stream.metadata, "enc_key_id", nullptr, AV_DICT_MATCH_CASE) != nullptr; }

void mark(AVStream& stream, const std::string& scheme) {
  av_dict_set(&stream.metadata, kEncryptionTag, scheme.empty() ? nullptr : scheme.c_str(), 0);
}

// Sub-streams of private stream 1 have ids of their own below it.
std::uint64_t program_stream_id(const AVStream& stream) {
  constexpr std::uint64_t kStartCode = 0x100, kPrivate = 0xbd;
  const auto id = static_cast<std::uint64_t>(stream.id);
  return id < kStartCode ? kPrivate : id & 0xff;
}

std::string scheme_of(const AVFormatContext& format, const AVStream& stream, const Schemes& schemes, const std::string& of_file) {
  if (is_named(format, "matroska")) return has_key_id(stream) ? "Matroska ContentEncryption" : "";
  if (is_named(format, "mpegts") && is_sample_aes(stream)) return "SAMPLE-AES";
  const auto id = is_named(format, "mpeg") ? program_stream_id(stream) : static_cast<std::uint64_t>(stream.id);
  const auto found = schemes.find(id);
  return found == schemes.end() ? of_file : found->second;
}

Schemes find_schemes(int fd, const AVFormatContext& format) {
  if (is_named(format, "mov")) return Boxes(fd).encrypted_tracks();
  if (is_named(format, "mpegts")) return Scrambling(fd).of_transport_stream();
  if (is_named(format, "mpeg")) return Scrambling(fd).of_program_stream();
  return {};
}

}  // namespace

void mark_encrypted(int fd, AVFormatContext& format) {
  const Schemes schemes = find_schemes(fd, format);
  const std::string of_file = is_named(format, "asf") ? asf_encryption(fd) : "";
  for (unsigned n = 0; n < format.nb_streams; ++n)
    mark(*format.streams[n], scheme_of(format, *format.streams[n], schemes, of_file));
}

std::string_view encryption_of(const AVStream& stream) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, kEncryptionTag, nullptr, 0);
  return entry ? entry->value : std::string_view{};
}

std::string encryption_sentence(const AVStream& stream) {
  const char* type = av_get_media_type_string(stream.codecpar->codec_type);
  return fmt::format("{} stream {} ({}) is encrypted ({})", type ? type : "unknown", stream.index,
                     avcodec_get_name(stream.codecpar->codec_id), encryption_of(stream));
}

Expected<void> require_clear(const AVStream& stream) {
  if (encryption_of(stream).empty()) return {};
  return fail("open", "encrypted", encryption_sentence(stream));
}

std::string mp4_encryption(int fd) {
  const Schemes schemes = Boxes(fd).encrypted_tracks();
  return schemes.empty() ? "" : schemes.begin()->second;
}

}  // namespace hevcpool::media
