// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/batch_file.h"

#include "cli/task_conflicts.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <sstream>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

template <class Work>
void for_each_line(std::string_view text, Work work) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = text.find('\n');
    std::string_view content = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (content.ends_with('\r')) content.remove_suffix(1);
    work(line, content);
  }
}

// A path as a request; its bytes are not JSON, so that they are put in afterwards.
std::variant<AnyTask, FieldError> plain_request(std::string_view path, const std::string& task,
                                                const std::string& defaults) {
  auto request = parse_task(json{{"task", task}, {"input", "-"}}.dump(), defaults);
  if (auto* found = std::get_if<AnyTask>(&request))
    std::visit([path](auto& value) { value.input = path; }, *found);
  return request;
}

std::string place(const BatchJob& job) {
  return fmt::format("{}{}line {}", job.file, job.file.empty() ? "" : ": ", job.line);
}

std::string problem_of(const plan::FileConflict& conflict, const std::vector<BatchJob>& jobs) {
  using Kind = plan::FileConflict::Kind;
  const std::string where = place(jobs[conflict.job]), other = place(jobs[conflict.other]);
  switch (conflict.kind) {
    case Kind::same_output: return fmt::format("{}: output: {} makes \"{}\" too", where, other, conflict.output);
    case Kind::own_input: return fmt::format("{}: output: is the input", where);
    case Kind::other_input: return fmt::format("{}: output: {} reads \"{}\"", where, other, conflict.output);
    case Kind::folder: return fmt::format("{}: output: \"{}\" is a folder", where, conflict.output);
  }
  return where;
}

json toml_value(const std::string& text) {
  const auto value = json::parse(text, nullptr, false);
  return value.is_discarded() || value.is_object() ? json(text) : value;
}

}  // namespace

BatchFile read_batch(std::string_view text, const std::string& defaults, const std::string& plain_task) {
  BatchFile out;
  for_each_line(text, [&](std::size_t line, std::string_view content) {
    const auto first = content.find_first_not_of(" \t");
    if (first == std::string_view::npos || content[first] == '#') return;
    auto request = content[first] == '{' ? parse_task(content, defaults) : plain_request(content, plain_task, defaults);
    if (const auto* wrong = std::get_if<FieldError>(&request)) {
      out.problems.push_back(fmt::format("line {}: {}{}{}", line, wrong->field, wrong->field.empty() ? "" : ": ",
                                         wrong->message));
      return;
    }
    out.jobs.push_back({std::get<AnyTask>(std::move(request)), line});
  });
  return out;
}

std::vector<std::string> settle_jobs(std::vector<BatchJob>& jobs) {
  Repetitions repetitions;
  std::erase_if(jobs, [&](const BatchJob& each) { return !repetitions.is_new(each.task); });
  std::vector<plan::FilesOfJob> files;
  for (const BatchJob& each : jobs) files.push_back(files_of(each.task));
  std::vector<std::string> problems;
  for (const plan::FileConflict& each : plan::file_conflicts(files)) problems.push_back(problem_of(each, jobs));
  return problems;
}

Expected<std::string> read_defaults(const std::string& name, const std::string& text) {
  if (!name.ends_with(".toml")) {
    if (!json::accept(text)) return fail("usage", "bad_defaults", name + " is not JSON");
    return text;
  }
  json out = json::object();
  try {
    std::istringstream stream(text);
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(stream)) {
      if (item.parents.size() > 1) return fail("usage", "bad_defaults", name + ": sections do not nest");
      if (item.name == "++" || item.name == "--") continue;  // a section's begin and end
      const std::string section = item.parents.empty() || item.parents[0] == "all" ? "*" : item.parents[0];
      json values = json::array();
      for (const std::string& value : item.inputs) values.push_back(toml_value(value));
      out[section][item.name] = values.size() == 1 ? values[0] : values;
    }
  } catch (const CLI::Error& error) {
    return fail("usage", "bad_defaults", name + ": " + error.what());
  }
  try {
    return out.dump();
  } catch (const json::exception&) {
    return fail("usage", "bad_defaults", name + " is not UTF-8");
  }
}

std::string with_limits(const std::string& defaults, const Limits& limits) {
  json all = defaults.empty() ? json::object() : json::parse(defaults, nullptr, false);
  if (!all.is_object() || !all.value("*", json::object()).is_object()) return defaults;  // each job will say what is wrong
  json& shared = all["*"];
  if (shared.is_null()) shared = json::object();
  const auto add = [&shared](const char* name, const auto& value, const auto& usual) {
    if (value != usual && !shared.contains(name)) shared[name] = value;
  };
  const Limits usual;
  add("timeout", limits.timeout.count(), usual.timeout.count());
  add("stall_timeout", limits.stall_timeout.count(), usual.stall_timeout.count());
  add("retries", limits.retries, usual.retries);
  return all.dump();
}

std::string key_of(const AnyTask& task) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a: stable over runs and machines
  json request = json::parse(to_json(task));
  for (const char* limit : {"timeout", "stall_timeout", "retries"}) request.erase(limit);
  const std::string text = request.dump();
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

std::set<std::string> done_keys(std::string_view results) {
  std::set<std::string> out;
  for_each_line(results, [&](std::size_t, std::string_view line) {
    const auto event = json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("key") || !event["key"].is_string()) return;
    const auto status = event.value("status", json());
    if (status == "ok" || status == "skipped") out.insert(event["key"].get<std::string>());
  });
  return out;
}

}  // namespace hevcpool::cli
