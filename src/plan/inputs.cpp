// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

namespace hevcpool::plan {
namespace fs = std::filesystem;
namespace {

constexpr std::array kVideoExtensions = {
    "264",  "265", "3g2", "3gp", "amv", "apng", "asf", "avc", "avi", "divx", "dv",   "evo", "f4v", "flv",
    "gif",  "gxf",  "h264", "h265", "hevc", "ivf", "m1v", "m2p", "m2t", "m2ts", "m2v", "m4v", "mjpeg", "mjpg", "mk3d",
    "mkv",  "mod", "mov", "mp4", "mpe", "mpeg", "mpg", "mpv", "mts", "mxf", "nut",  "obu",  "ogm", "ogv",
    "ogx",  "qt",  "rm",  "rmvb", "swf", "tod", "tp",  "trp", "ts",  "tts", "vc1",  "vob",  "vro", "webm",
    "wmv",  "wtv", "xvid", "y4m", "yuv4mpeg"};
// Names of files that may hold a video and mostly do not: walked only where a look inside says so, or not at all.
constexpr std::array kOtherExtensions = {"ogg", "webp"};
constexpr std::array kMarks = {"clip", "converted", "thumb"};  // that small tasks put before the extension
constexpr std::array kOwnExtensions = {"mp4", "mkv", "mov"};

std::string lower_extension(std::string_view name) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  std::string extension(name.substr(dot + 1));
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  return extension;
}

Error problem(std::string_view what, int error_number) {
  return fail_errno("open", what, error_number).value();
}

bool is_list(const std::string& argument) { return argument.starts_with('@') && argument.size() > 1; }

// Not walked: what a person does not see, our own work folders among it.
bool hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

// Every stream of an Ogg file begins in its first pages, with its codec's name.
bool is_ogg_video(const fs::path& path) {
  std::array<char, 4096> beginning{};
  std::ifstream file(path, std::ios::binary);
  file.read(beginning.data(), beginning.size());
  const std::string_view bytes(beginning.data(), static_cast<std::size_t>(file.gcount()));
  constexpr std::array<std::string_view, 4> kCodecs = {"\x80theora", "OVP80", "\x01video", "BBCD"};
  return bytes.starts_with("OggS") && std::ranges::any_of(kCodecs, [&](std::string_view codec) {
           return bytes.find(codec) != std::string_view::npos;
         });
}

class Expansion {
 public:
  explicit Expansion(const ExpandOptions& options) : options_(options) {}

  Expected<void> argument(const std::string& argument) {
    if (is_list(argument)) return list(argument.substr(1));
    path(argument);
    return {};
  }
  std::vector<Input> take() { return std::move(inputs_); }

 private:
  Expected<void> list(const std::string& name) {
    std::string text;
    if (name == "-") {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      std::ifstream file(name, std::ios::binary);
      if (!file || fs::is_directory(name))
        return fail_errno("list", "cannot read the list '" + name + "'", errno ? errno : EISDIR);
      text.assign(std::istreambuf_iterator<char>(file), {});
    }
    for (const std::string& entry : split_list(text)) path(entry);
    return {};
  }

  void path(const std::string& name) {
    struct stat status{};
    if (::stat(name.c_str(), &status) != 0) return add_problem(name, fs::path(name), problem("cannot open", errno));
    if (S_ISDIR(status.st_mode)) return folder(name, {});
    add(name, fs::path(name).filename(), status);
  }

  void folder(const fs::path& folder, const fs::path& relative) {
    std::vector<fs::path> entries;
    std::error_code error;
    for (auto it = fs::directory_iterator(folder, error); !error && it != fs::directory_iterator(); it.increment(error))
      if (!hidden(it->path())) entries.push_back(it->path());
    if (error) add_problem(folder.native(), relative, problem("cannot read the folder", error.value()));
    std::ranges::sort(entries);
    std::set<std::string> stems;
    if (options_.skip_made)
      for (const fs::path& entry : entries) stems.insert(entry.stem().native());
    for (const fs::path& entry : entries)
      if (!stems.contains(std::string(made_from(entry.filename().native())))) visit(entry, relative / entry.filename());
  }

  // Folders behind symbolic links are not walked: they may lead in a circle.
  void visit(const fs::path& entry, const fs::path& relative) {
    std::error_code error;
    if (fs::is_directory(fs::symlink_status(entry, error))) {
      if (!options_.skip_folder || identify(entry.native()) != options_.skip_folder) folder(entry, relative);
      return;
    }
    const std::string name = entry.filename().native();
    if (!wanted(entry, name)) return;
    struct stat status{};
    if (::stat(entry.c_str(), &status) != 0)
      return add_problem(entry.native(), relative, problem("cannot open", errno));
    if (S_ISREG(status.st_mode)) add(entry.native(), relative, status);
  }

  bool wanted(const fs::path& entry, const std::string& name) const {
    if (options_.accepts) return options_.accepts(name);
    if (lower_extension(name) == "ogg") return is_ogg_video(entry);
    return is_video_name(name) && !is_own_output(name);
  }

  void add(const std::string& path, const fs::path& relative, const struct stat& status) {
    if (!S_ISREG(status.st_mode))
      return add_problem(path, relative, fail("open", "not_a_file", "not a regular file").value());
    inputs_.push_back({path, relative.native(), FileIdentity{status.st_dev, status.st_ino}, {}});
  }

  void add_problem(const std::string& path, const fs::path& relative, Error error) {
    inputs_.push_back({path, relative.filename().native(), {}, std::move(error)});
  }

  const ExpandOptions& options_;
  std::vector<Input> inputs_;
};

}  // namespace

std::optional<FileIdentity> identify(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

bool is_media_name(std::string_view name) {
  return is_video_name(name) ||
         std::ranges::find(kOtherExtensions, lower_extension(name)) != kOtherExtensions.end();
}

bool is_video_name(std::string_view name) {
  return std::ranges::find(kVideoExtensions, lower_extension(name)) != kVideoExtensions.end();
}

bool is_own_output(std::string_view name) {
  if (std::ranges::find(kOwnExtensions, lower_extension(name)) == kOwnExtensions.end()) return false;
  return lower_extension(name.substr(0, name.rfind('.'))) == "hevc";
}

std::vector<std::string> lists_among(const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const std::string& argument : arguments)
    if (is_list(argument) && argument != "@-") names.push_back(argument.substr(1));
  return names;
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

std::vector<std::string> split_list(std::string_view text) {
  const char separator = text.find('\0') == std::string_view::npos ? '\n' : '\0';
  std::vector<std::string> entries;
  while (!text.empty()) {
    const auto end = text.find(separator);
    std::string_view entry = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (separator == '\n' && entry.ends_with('\r')) entry.remove_suffix(1);
    if (!entry.empty()) entries.emplace_back(entry);
  }
  return entries;
}

Expected<std::vector<Input>> expand_inputs(const std::vector<std::string>& arguments, const ExpandOptions& options) {
  Expansion expansion(options);
  for (const std::string& argument : arguments) HEVCPOOL_CHECK(expansion.argument(argument));
  return expansion.take();
}

}  // namespace hevcpool::plan
