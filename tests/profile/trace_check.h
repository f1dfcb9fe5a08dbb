// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a text is what importers of Chrome's trace event format take: the rules of its specification for the kinds
// of events that are used here, and that slices of one track nest.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace hevcpool::test {

using nlohmann::json;

inline std::string event_problem(const json& event) {
  if (!event.is_object()) return "an event is no object";
  for (const char* key : {"name", "ph"})
    if (!event.contains(key) || !event[key].is_string()) return std::string(key) + " is missing";
  for (const char* key : {"pid", "tid", "ts"})
    if (!event.contains(key) || !event[key].is_number()) return std::string(key) + " is missing";
  const std::string kind = event["ph"];
  if (kind != "X" && kind != "M" && kind != "C") return "unexpected ph " + kind;
  if (event["ts"] < 0) return "a time before zero";
  if (kind == "X" && (!event.contains("dur") || !event["dur"].is_number() || event["dur"] < 0)) return "dur is missing";
  if (kind != "X" && (!event.contains("args") || !event["args"].is_object())) return "args are missing";
  if (kind == "C")
    for (const auto& value : event["args"])
      if (!value.is_number()) return "a counter that does not count";
  return {};
}

// Empty: it is good.
inline std::string trace_problem(const json& events) {
  if (!events.is_array() || events.empty()) return "no list of events";
  std::map<long long, std::vector<std::pair<long long, long long>>> tracks;
  for (const json& event : events) {
    if (std::string problem = event_problem(event); !problem.empty()) return problem + ": " + event.dump();
    if (event["ph"] == "X") tracks[event["tid"]].emplace_back(event["ts"], -event["dur"].get<long long>());
  }
  for (auto& [track, slices] : tracks) {
    std::ranges::sort(slices);  // the longer one first, where two begin together
    std::vector<long long> open;
    for (const auto& [begin, minus] : slices) {
      while (!open.empty() && open.back() <= begin) open.pop_back();
      // One microsecond is what rounding may take.
      if (!open.empty() && begin - minus > open.back() + 1) return "slices overlap on track " + std::to_string(track);
      open.push_back(begin - minus);
    }
  }
  return {};
}

}  // namespace hevcpool::test
