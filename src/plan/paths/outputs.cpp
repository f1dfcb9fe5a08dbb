// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/outputs.h"

#include "base/paths.h"
#include "base/unique_fd.h"
#include "plan/paths/replacement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace hevcpool::plan {
namespace fs = std::filesystem;
namespace {

struct ContainerName {
  Container container;
  std::string_view extension;
};
constexpr ContainerName kContainers[] = {
    {Container::mp4, ".mp4"}, {Container::mkv, ".mkv"}, {Container::mov, ".mov"}, {Container::mp4, ".m4v"}};

std::optional<Container> container_of(const std::string& path) {
  std::string extension = fs::path(path).extension().native();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  for (const ContainerName& each : kContainers)
    if (each.extension == extension) return each.container;
  return std::nullopt;
}

// Only an extension that names a kind of video is one: "Part 1.2" has none.
std::string without_extension(const fs::path& path) {
  if (!is_media_name(path.filename().native())) return path.native();
  return (path.parent_path() / path.stem()).native();
}

Expected<Target> exact_target(const OutputRule& rule) {
  if (fs::path(rule.output).filename().native().size() > NAME_MAX)
    return fail("usage", "ENAMETOOLONG",
                fmt::format("-o {}: a file's name has at most {} bytes", rule.output, NAME_MAX));
  const auto named = container_of(rule.output);
  if (!named)
    return fail("usage", "bad_option", fmt::format(
        "-o {}: the extension must be .mp4, .mkv or .mov (or end the name with / for a folder)", rule.output));
  if (rule.container != Container::automatic && rule.container != *named)
    return fail("usage", "bad_option", fmt::format("-o {}: the extension contradicts --container", rule.output));
  return Target{rule.output, true};
}

// Before the extension of an output beside its source.
std::string_view mark_of(const OutputRule& rule) { return rule.output.empty() && !rule.replace ? ".hevc" : ""; }

Unexpected conflict(std::string message) { return fail("usage", "conflict", std::move(message)); }

Expected<void> refuse_folders_as_targets(const std::vector<Pair>& pairs, const OutputRule& rule) {
  for (const Pair& pair : pairs)
    for (const std::string& name : possible_names(pair.target, rule.container))
      if (!pair.input.problem && is_folder(name))
        return conflict(fmt::format("the output '{}' of '{}' is a folder", name, pair.input.path));
  return {};
}

Expected<void> refuse_inputs_as_targets(const std::vector<Pair>& pairs, const OutputRule& rule) {
  std::map<FileIdentity, std::size_t> inputs;
  for (std::size_t i = 0; i < pairs.size(); ++i)
    if (pairs[i].input.identity) inputs.emplace(*pairs[i].input.identity, i);
  for (const Pair& pair : pairs) {
    for (const std::string& name : possible_names(pair.target, rule.container)) {
      const auto identity = identify(name);
      if (!identity) continue;
      const auto found = inputs.find(*identity);
      if (found == inputs.end()) continue;
      const bool itself = pair.input.identity == identity;
      if (rule.replace && (itself || !(pair.input.named && pairs[found->second].input.named))) continue;
      if (itself) return conflict(fmt::format("the output '{}' is the input '{}' itself", name, pair.input.path));
      return conflict(fmt::format("the output '{}' of '{}' is another input, '{}'", name, pair.input.path,
                                  pairs[found->second].input.path));
    }
  }
  return {};
}

}  // namespace

bool is_output_folder(const OutputRule& rule) {
  return !rule.output.empty() && (!rule.single || rule.output.ends_with('/') || is_folder(rule.output));
}

Expected<Target> map_output(const Input& input, const OutputRule& rule) {
  if (!rule.output.empty() && !is_output_folder(rule)) return exact_target(rule);
  Target target = map_whole_name(input, rule);
  const std::string_view mark = mark_of(rule);
  target.path = without_extension(target.path.substr(0, target.path.size() - mark.size())) + std::string(mark);
  return target;
}

Target map_whole_name(const Input& input, const OutputRule& rule) {
  const std::string path = rule.output.empty() ? input.path : (fs::path(rule.output) / input.relative).native();
  return Target{path + std::string(mark_of(rule)), false};
}

std::vector<std::string> possible_names(const Target& target, Container container) {
  if (target.exact) return {target.path};
  std::vector<std::string> names;
  for (const ContainerName& each : kContainers) {
    const bool possible = container == Container::automatic ? each.container != Container::mov
                                                            : each.container == container;
    if (possible && each.extension != ".m4v") names.push_back(target.path + std::string(each.extension));
  }
  return names;
}

std::string existing_folder(const std::string& path) {
  fs::path folder = fs::path(path).parent_path();
  while (!folder.empty() && !identify(folder.native())) folder = folder.parent_path();
  return folder.empty() ? "." : folder.native();
}

std::string place_of(const std::string& path) {
  const std::string folder = existing_folder(path);
  const auto identity = identify(folder).value_or(FileIdentity{});
  const bool prefixed = path.starts_with(folder) && (folder != "." || path.starts_with("./"));
  const auto start = path.find_first_not_of('/', prefixed ? folder.size() : 0);
  const std::string rest = start == std::string::npos ? "" : path.substr(start);
  const std::string normal = fs::path(rest).lexically_normal().native();
  if (normal != rest) return place_of((fs::path(folder) / normal).native());  // "none/../there/x": more of it exists
  return fmt::format("{}:{}:{}", identity.device, identity.inode, normal);
}

Expected<std::vector<Pair>> without_conflicts(std::vector<Pair> pairs, const OutputRule& rule) {
  std::map<std::string, std::size_t> places;
  std::set<std::pair<std::string, FileIdentity>> seen;
  std::vector<Pair> kept;
  for (Pair& pair : pairs) {
    if (pair.input.problem) {
      kept.push_back(std::move(pair));
      continue;
    }
    const auto [place, is_new] = places.emplace(place_of(pair.target.path), kept.size());
    if (!seen.emplace(place->first, pair.input.identity.value_or(FileIdentity{})).second) continue;
    if (is_new) {
      kept.push_back(std::move(pair));
    } else {
      Pair& first = kept[place->second];
      if (rule.replace && is_replacement(pair.input.path, first.input.path)) continue;  // a crash left both
      if (rule.replace && is_replacement(first.input.path, pair.input.path)) {
        first = std::move(pair);
        continue;
      }
      if (rule.replace && !(first.input.named && pair.input.named)) {
        kept.push_back(std::move(pair));
        continue;
      }
      return conflict(fmt::format("the inputs '{}' and '{}' have the same output '{}{}'", first.input.path,
                                  pair.input.path, first.target.path, first.target.exact ? "" : ".*"));
    }
  }
  HEVCPOOL_CHECK(refuse_inputs_as_targets(kept, rule));
  HEVCPOOL_CHECK(refuse_folders_as_targets(kept, rule));
  return kept;
}

Expected<void> require_writable(const std::string& folder, bool dry) {
  const auto refuse = [&] {
    const int why = errno;
    return fail("usage", errno_name(why), fmt::format("cannot write to the folder '{}': {}", folder,
                                                      strerrordesc_np(why)), why);
  };
  if (!is_folder(folder)) return errno = ENOTDIR, refuse();
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return refuse();
  if (dry) return {};
  if (UniqueFd fd(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); fd.valid()) return {};
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL) return refuse();
  const std::string probe = fmt::format("{}/.hevcpool-{}", folder, ::getpid());
  UniqueFd fd(::open(probe.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!fd.valid()) return refuse();
  ::unlink(probe.c_str());
  return {};
}

}  // namespace hevcpool::plan
