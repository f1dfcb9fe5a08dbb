// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/inputs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <set>

namespace hevcpool::plan {
namespace fs = std::filesystem;
namespace {

Error problem(std::string_view what, int error_number) {
  return fail_errno("open", what, error_number).value();
}

bool is_list(const std::string& argument) { return argument.starts_with('@') && argument.size() > 1; }

// Not walked: what a person does not see, our own work folders among it.
bool hidden(const fs::path& path) { return path.filename().native().starts_with('.'); }

class Expansion {
 public:
  explicit Expansion(const ExpandOptions& options) : options_(options) {}

  Expected<void> argument(const std::string& argument) {
    if (is_list(argument)) return list(argument.substr(1));
    path(argument, true);
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
    for (const std::string& entry : split_list(text)) path(entry, false);
    return {};
  }

  void path(const std::string& name, bool named) {
    struct stat status{};
    if (::stat(name.c_str(), &status) != 0) return add_problem(name, fs::path(name), problem("cannot open", errno));
    if (S_ISDIR(status.st_mode)) return folder(name, {});
    add(name, fs::path(name).filename(), status);
    inputs_.back().named = named;
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
      for (const fs::path& entry : entries) stems.insert({entry.stem().native(), entry.filename().native()});
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
    if (options_.accepts) return options_.accepts(name) && (!is_video_name(name) || may_hold_video(entry.native()));
    return !is_own_output(name) && may_hold_video(entry.native());
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

std::vector<std::string> lists_among(const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const std::string& argument : arguments)
    if (is_list(argument) && argument != "@-") names.push_back(argument.substr(1));
  return names;
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
