// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/batch_results.h"

#include "base/hash.h"
#include "base/utf8.h"
#include "cli/term/line_iterator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace hevcpool::cli {
namespace {

using nlohmann::json;

std::string text_member(const json& event, const std::string& name) {
  const auto found = event.find(name);
  return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string path_member(const json& event, const std::string& name) {
  if (const auto bytes = percent_decoded(text_member(event, name + "_bytes")); bytes && !bytes->empty()) return *bytes;
  return text_member(event, name);
}

std::vector<std::string> paths_member(const json& event, const std::string& name) {
  const bool encoded = event.contains(name + "_bytes");
  const json list = event.value(encoded ? name + "_bytes" : name, json());
  std::vector<std::string> out;
  for (const json& each : list.is_array() ? list : json::array()) {
    if (!each.is_string()) continue;
    const auto text = each.get<std::string>();
    out.push_back(encoded ? percent_decoded(text).value_or("") : text);
  }
  return out;
}

// What must still be there for the job to be done. A skip has an output where that is why.
std::vector<std::string> made_by(const json& event) {
  const bool skipped = event["status"] == "skipped";
  if (skipped && text_member(event, "reason_code") != to_string(SkipReason::output_exists)) return {};
  auto paths = paths_member(event, "outputs");
  if (const std::string output = path_member(event, "output"); paths.empty() && !output.empty()) paths = {output};
  return paths;
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(path, error));
}

}  // namespace

std::string key_of(const AnyTask& task) {
  json request = json::parse(to_json(task));
  for (const char* limit : {"timeout", "stall_timeout", "retries"}) request.erase(limit);
  return fmt::format("{:016x}", fnv1a(request.dump()));
}

DoneJobs done_jobs(std::string_view results) {
  DoneJobs out;
  for_each_line(results, [&](std::size_t, std::string_view line) {
    const json event = json::parse(line, nullptr, false);
    if (!event.is_object() || !event.contains("status")) return;
    const std::string key = text_member(event, "key");
    if (key.empty() || (event["status"] != "ok" && event["status"] != "skipped")) return;
    out.insert_or_assign(key, made_by(event));
  });
  return out;
}

bool is_done(const DoneJobs& done, const AnyTask& task) {
  const auto found = done.find(key_of(task));
  return found != done.end() && std::ranges::all_of(found->second, is_there);
}

}  // namespace hevcpool::cli
