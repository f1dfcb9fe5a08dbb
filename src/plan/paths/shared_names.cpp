// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/paths/shared_names.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace hevcpool::plan {
namespace {

using Group = std::vector<std::size_t>;

std::optional<struct timespec> time_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status.st_mtim;
}

bool is_same(const struct timespec& a, const struct timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

class Names {
 public:
  Names(std::vector<Pair>& pairs, const OutputRule& rule) : pairs_(pairs), rule_(rule), is_long_(pairs.size()) {}

  std::vector<std::string> settle() {
    settle_groups();
    for (std::size_t n = 0; n < pairs_.size(); ++n)
      if (may_change(pairs_[n]) && !pairs_[n].input.named && exists(long_target(n))) lengthen(n);
    settle_groups();
    return std::move(sentences_);
  }

 private:
  static bool may_change(const Pair& pair) { return !pair.input.problem && !pair.target.exact; }
  Target long_target(std::size_t n) const { return map_whole_name(pairs_[n].input, rule_); }

  bool exists(const Target& target) const {
    const auto names = possible_names(target, rule_.container);
    return std::ranges::any_of(names, [](const std::string& name) { return time_of(name).has_value(); });
  }

  void lengthen(std::size_t n) {
    pairs_[n].target = long_target(n);
    is_long_[n] = true;
  }

  // A long name may be another source's short one. At most as often as there are names to change.
  void settle_groups() {
    while (settle_once()) {
    }
  }

  // False: there is nothing left to do.
  bool settle_once() {
    std::map<std::string, Group> places;
    for (std::size_t n = 0; n < pairs_.size(); ++n)
      if (may_change(pairs_[n])) places[place_of(pairs_[n].target.path)].push_back(n);
    bool changed = false;
    for (const auto& [place, group] : places) changed = settle_group(group) || changed;
    return changed;
  }

  bool settle_group(const Group& group) {
    std::set<FileIdentity> files, named;
    for (const std::size_t n : group) {
      files.insert(*pairs_[n].input.identity);
      if (pairs_[n].input.named) named.insert(*pairs_[n].input.identity);
    }
    if (files.size() < 2 || named.size() > 1) return false;
    const std::string shared = pairs_[group.front()].target.path;
    const auto owner = owner_of(group);
    std::string sources;
    bool changed = false;
    for (const std::size_t n : group) {
      sources += fmt::format("{}'{}'", sources.empty() ? "" : ", ", pairs_[n].input.path);
      if (is_long_[n] || pairs_[n].input.identity == owner) continue;
      lengthen(n);
      changed = true;
    }
    if (changed)
      sentences_.push_back(fmt::format("{} would have one output, '{}.*': {} in the name", sources, shared,
                                       owner ? "those that are new keep their extension" : "each keeps its extension"));
    return changed;
  }

  // The source whose output has the short name already.
  std::optional<FileIdentity> owner_of(const Group& group) const {
    std::set<FileIdentity> owners;
    for (const std::string& name : possible_names(pairs_[group.front()].target, rule_.container)) {
      const auto time = time_of(name);
      if (!time) continue;
      for (const std::size_t n : group) {
        const auto source = time_of(pairs_[n].input.path);
        if (!is_long_[n] && source && is_same(*source, *time)) owners.insert(*pairs_[n].input.identity);
      }
    }
    return owners.size() == 1 ? std::optional(*owners.begin()) : std::nullopt;
  }

  std::vector<Pair>& pairs_;
  const OutputRule& rule_;
  std::vector<bool> is_long_;
  std::vector<std::string> sentences_;
};

}  // namespace

std::vector<std::string> keep_extensions(std::vector<Pair>& pairs, const OutputRule& rule) {
  if (rule.replace) return {};
  return Names(pairs, rule).settle();
}

}  // namespace hevcpool::plan
