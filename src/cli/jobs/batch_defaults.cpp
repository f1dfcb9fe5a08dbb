// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_defaults.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

constexpr const char* kAll = "all";  // in TOML; in JSON it is *

Unexpected bad(const std::string& name, std::size_t line, const std::string& message) {
  return fail("usage", "bad_defaults", line > 0 ? fmt::format("{}: line {}: {}", name, line, message)
                                                : fmt::format("{}: {}", name, message));
}

std::size_t line_of(const toml::source_region& source) { return source.begin.line; }

// Nothing for what JSON lacks: dates and times, infinities.
std::optional<json> json_of(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return json(*text);
  if (const auto whole = node.value_exact<std::int64_t>()) return json(*whole);
  if (const auto flag = node.value_exact<bool>()) return json(*flag);
  if (const auto number = node.value_exact<double>())
    return std::isfinite(*number) ? std::optional<json>(*number) : std::nullopt;
  const toml::array* list = node.as_array();
  if (!list) return std::nullopt;
  json out = json::array();
  for (const toml::node& each : *list) {
    auto value = json_of(each);
    if (!value) return std::nullopt;
    out.push_back(std::move(*value));
  }
  return out;
}

class TomlReader {
 public:
  explicit TomlReader(const std::string& name) { out_.file = name; }

  Expected<Defaults> read(const toml::table& file) {
    for (const auto& [key, node] : file) HEVCPOOL_CHECK(section(std::string(key.str()), node));
    out_.json = json_.dump();
    return std::move(out_);
  }

 private:
  Expected<void> section(const std::string& name, const toml::node& node) {
    const toml::table* fields = node.as_table();
    if (!fields)
      return bad(out_.file, line_of(node.source()), name + ": belongs into a section, [all] or that of a task");
    const std::string own = name == kAll ? "*" : name;
    json_[own] = json::object();
    out_.lines[own] = line_of(node.source());
    for (const auto& [key, value] : *fields) {
      const std::string field = own + "." + std::string(key.str());
      out_.lines[field] = line_of(key.source());
      auto read = json_of(value);
      if (!read)
        return bad(out_.file, out_.lines[field],
                   fmt::format("{}.{}: must be text, a number, true, false or a list", name, key.str()));
      json_[own][std::string(key.str())] = std::move(*read);
    }
    return {};
  }

  Defaults out_;
  json json_ = json::object();
};

// "at" of "at[0]".
std::string member(const std::string& field) { return field.substr(0, field.find_first_of("[.")); }

// What the place is called in the file; "*" is "all" in TOML.
std::string shown(const Defaults& defaults, const std::string& place) {
  const bool all = !defaults.lines.empty() && place.starts_with('*');
  return all ? kAll + place.substr(1) : place;
}

// Where the default for that field is; empty: there is none.
std::string place_of(const json& values, const std::string& task, const std::string& field) {
  for (const std::string& section : {task, std::string("*")})
    if (values.contains(section) && values[section].is_object() && values[section].contains(field))
      return section + "." + field;
  return values.contains(field) ? field : "";
}

}  // namespace

Expected<Defaults> read_defaults(const std::string& name, const std::string& text) {
  if (!name.ends_with(".toml")) {
    if (!json::accept(text)) return bad(name, 0, "is not JSON");
    return Defaults{.json = text, .file = name, .lines = {}};
  }
  try {
    return TomlReader(name).read(toml::parse(text));
  } catch (const toml::parse_error& error) {
    return bad(name, line_of(error.source()), std::string(error.description()));
  }
}

Defaults with_limits(Defaults defaults, const Limits& limits) {
  const Limits usual;
  json values = json::object();
  if (limits.timeout != usual.timeout) values["timeout"] = limits.timeout.count();
  if (limits.stall_timeout != usual.stall_timeout) values["stall_timeout"] = limits.stall_timeout.count();
  if (limits.retries != usual.retries) values["retries"] = limits.retries;
  if (values.empty()) return defaults;
  json all = defaults.json.empty() ? json::object() : json::parse(defaults.json, nullptr, false);
  if (!all.is_object()) return defaults;  // each job will say so
  json& shared = all.emplace("*", json::object()).first.value();
  if (!shared.is_object()) return defaults;
  for (const auto& [name, value] : values.items()) shared.emplace(name, value);
  defaults.json = all.dump();
  return defaults;
}

std::string blame(const Defaults& defaults, const std::string& request, const FieldError& wrong) {
  const json values = json::parse(defaults.json, nullptr, false), job = json::parse(request, nullptr, false);
  const std::string field = member(wrong.field);
  if (!values.is_object() || !job.is_object() || job.contains(field)) return {};
  const json task = job.value("task", json());
  const std::string place = place_of(values, task.is_string() ? task.get<std::string>() : "", field);
  if (place.empty()) return {};
  const auto line = defaults.lines.find(place);
  const std::string where = line == defaults.lines.end() ? "" : fmt::format("line {}: ", line->second);
  const std::string rest = wrong.field.substr(field.size());
  return fmt::format("{}: {}{}{}: {}", defaults.file, where, shown(defaults, place), rest, wrong.message);
}

}  // namespace hevcpool::cli
