// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/video_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <optional>

namespace hevcpool::plan {
namespace {

using namespace std::string_view_literals;

constexpr std::array kVideoExtensions = {
    // containers of files and broadcasts
    "3g2", "3gp", "3gp2", "3gpp", "amv", "asf", "avi", "divx", "dvx", "evo", "f4v", "flv", "gxf", "hdmov", "ismv", "k3g",
    "lxf", "m2p", "m2t", "m2ts", "m4v", "mk3d", "mkv", "mov", "mp4", "mp4v", "mpe", "mpeg", "mpg", "mts", "mxf", "nsv",
    "nut", "nuv", "ogm", "ogv", "ogx", "pva", "qt", "rm", "rmvb", "ssif", "swf", "tp", "trp", "ts", "tts", "vob", "webm",
    "wm", "wmv", "xvid",
    // cameras and recorders
    "360", "cine", "dav", "dv", "dvr-ms", "insv", "lrf", "lrv", "mod", "mqv", "tod", "ty", "ty+", "vro", "wtv",
    // streams without a container, and moving pictures
    "264", "265", "apng", "av1", "avc", "cavs", "gif", "h261", "h263", "h264", "h265", "hevc", "ivf", "m1v", "m2v",
    "mj2", "mjpeg", "mjpg", "mpv", "obu", "rv", "vc1", "y4m", "yuv4mpeg"};
// Names of files that may hold a video and mostly do not: walked only where a look inside says so, or not at all.
constexpr std::array kOtherExtensions = {"dat", "ogg", "rec", "vdr", "webp"};
constexpr std::array kImageExtensions = {"jpg", "jpeg", "png", "webp", "bmp",  "tif",  "tiff", "gif",
                                         "ppm", "pgm",  "heic", "heif", "avif", "tga", "jp2",  "jxl"};
constexpr std::array kSoundExtensions = {"mp3", "m4a", "aac", "flac", "ogg", "opus", "wav", "wma", "ac3", "mka", "aiff", "m4b"};
constexpr std::array kMarks = {"clip", "converted", "thumb"};  // that small tasks put before the extension
constexpr std::array kOwnExtensions = {"mp4", "mkv", "mov"};

std::string lower_extension(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string extension(name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return extension;
}

template <std::size_t N>
bool is_one_of(const std::string& extension, const std::array<const char*, N>& extensions) {
  return std::ranges::find(extensions, extension) != extensions.end();
}

// Nothing: it cannot be read, or is empty.
std::optional<std::string> beginning_of(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return std::nullopt;  // a pipe would be waited for
  std::string bytes(4096, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes.empty() ? std::nullopt : std::optional(std::move(bytes));
}

// Every stream of an Ogg file begins in its first pages, with its codec's name.
bool is_ogg_video(std::string_view bytes) {
  constexpr std::array kCodecs = {"\x80theora"sv, "OVP80"sv, "\x01video"sv, "BBCD"sv};
  return bytes.starts_with("OggS") &&
         std::ranges::any_of(kCodecs, [&](std::string_view codec) { return bytes.find(codec) != bytes.npos; });
}

// Packets of 188 bytes, with a time stamp before or a checksum behind them where they are longer, each with its mark.
bool is_transport_stream(std::string_view bytes) {
  constexpr std::array<std::size_t, 3> kSizes = {188, 192, 204};
  for (const std::size_t size : kSizes)
    for (std::size_t first = 0; first < size && first + 2 * size < bytes.size(); ++first)
      if (bytes[first] == '\x47' && bytes[first + size] == '\x47' && bytes[first + 2 * size] == '\x47') return true;
  return false;
}

// As cameras, recorders and video discs write it.
bool is_recording(std::string_view bytes) {
  const bool mpeg = bytes.starts_with("\0\0\1\xba"sv) || bytes.starts_with("\0\0\1\xb3"sv);
  const bool video_disc = bytes.starts_with("RIFF") && bytes.substr(8).starts_with("CDXA");
  const bool mp4 = bytes.size() > 8 && bytes.substr(4).starts_with("ftyp");
  return mpeg || video_disc || mp4 || is_transport_stream(bytes);
}

bool is_text(std::string_view bytes) {
  constexpr std::size_t kFewest = 4;  // to tell
  return bytes.size() >= kFewest && std::ranges::none_of(bytes, [](unsigned char c) { return c < 9 || (c > 13 && c < 32 && c != 27); });
}

}  // namespace

bool is_image_name(std::string_view name) { return is_one_of(lower_extension(name), kImageExtensions); }

bool is_sound_name(std::string_view name) { return is_one_of(lower_extension(name), kSoundExtensions) || is_video_name(name); }

bool is_media_name(std::string_view name) {
  return is_video_name(name) || is_one_of(lower_extension(name), kOtherExtensions);
}

bool is_video_name(std::string_view name) { return is_one_of(lower_extension(name), kVideoExtensions); }

bool may_hold_video(const std::string& path) {
  constexpr std::array kSources = {"ts", "mts"};
  const std::string name = path.substr(path.rfind('/') + 1), extension = lower_extension(name);
  if (!is_media_name(name) || extension == "webp") return false;
  const bool other = is_one_of(extension, kOtherExtensions), source = is_one_of(extension, kSources);
  if (!other && !source && extension != "mod") return true;
  const auto bytes = beginning_of(path);
  if (!bytes) return !other;
  if (extension == "ogg") return is_ogg_video(*bytes);
  return source ? is_transport_stream(*bytes) || !is_text(*bytes) : is_recording(*bytes);
}

bool is_own_output(std::string_view name) {
  if (!is_one_of(lower_extension(name), kOwnExtensions)) return false;
  return lower_extension(name.substr(0, name.rfind('.'))) == "hevc";
}

std::string_view made_from(std::string_view name) {
  const std::string_view stem = name.substr(0, name.rfind('.'));
  const auto dot = stem.rfind('.');
  if (stem.size() == name.size() || dot == std::string_view::npos || dot == 0) return {};
  std::string_view mark = stem.substr(dot + 1);
  if (const auto number = mark.find_first_not_of("0123456789", mark.find('-') + 1);
      mark.starts_with("thumb-") && mark.size() > 6 && number == std::string_view::npos)
    mark = "thumb";
  return std::ranges::find(kMarks, mark) == kMarks.end() ? std::string_view() : stem.substr(0, dot);
}

}  // namespace hevcpool::plan
