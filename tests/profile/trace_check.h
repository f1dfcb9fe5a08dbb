// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a text is a trace as the trace event format has it (the JSON array form): each event has the members that
// its phase asks for, in their types, and no others; each track has a name; complete events (X) of a track nest, and
// so do begins and ends (B, E); counters count. Stricter than importers are.
#pragma once

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace hevcpool::test {

using nlohmann::json;

inline bool is_text(const json& event, const char* key) {
  return event.contains(key) && event[key].is_string() && !event[key].get<std::string>().empty();
}
inline bool is_count(const json& event, const char* key) {
  return event.contains(key) && event[key].is_number_integer() && event[key].get<long long>() >= 0;
}

inline std::string unknown_member(const json& event) {
  static const std::set<std::string> kKnown = {"name", "cat", "ph", "ts", "dur", "pid", "tid", "args"};
  for (const auto& [key, value] : event.items())
    if (!kKnown.contains(key)) return "unknown member " + key;
  return {};
}

inline std::string metadata_problem(const json& event) {
  static const std::map<std::string, std::string> kArgument = {{"process_name", "name"}, {"thread_name", "name"},
                                                               {"thread_sort_index", "sort_index"}};
  const auto wanted = kArgument.find(event["name"]);
  if (wanted == kArgument.end()) return "unknown metadata";
  const json& arguments = event["args"];
  if (arguments.size() != 1 || !arguments.contains(wanted->second)) return "metadata without " + wanted->second;
  const json& value = arguments[wanted->second];
  return (wanted->second == "name" ? value.is_string() : value.is_number_integer()) ? "" : "metadata of a wrong type";
}

inline std::string event_problem(const json& event) {
  if (!event.is_object()) return "an event is no object";
  if (std::string problem = unknown_member(event); !problem.empty()) return problem;
  if (!is_text(event, "ph")) return "ph is missing";
  const std::string phase = event["ph"];
  if (phase.size() != 1 || std::string("XBEMC").find(phase) == std::string::npos) return "unexpected ph " + phase;
  if (phase != "E" && !is_text(event, "name")) return "name is missing";
  for (const char* key : {"pid", "tid", "ts"})
    if (!is_count(event, key)) return std::string(key) + " is no whole number from 0";
  if ((phase == "X") != event.contains("dur") || (phase == "X" && !is_count(event, "dur"))) return "dur is missing, or too much";
  if ((phase == "X" || phase == "B") && !is_text(event, "cat")) return "cat is missing";
  if (event.contains("args") ? !event["args"].is_object() : phase == "M" || phase == "C") return "args are missing";
  if (phase == "M") return metadata_problem(event);
  if (phase == "C" && (event["args"].empty() || !std::ranges::all_of(event["args"], [](const json& v) { return v.is_number(); })))
    return "a counter that does not count";
  return {};
}

using Track = std::pair<long long, long long>;  // process, thread
inline Track track_of(const json& event) { return {event["pid"], event["tid"]}; }

inline std::string nesting_problem(std::vector<std::pair<long long, long long>> slices) {
  std::ranges::sort(slices);  // begin and minus the length: the longer one first, where two begin together
  std::vector<long long> ends;
  for (const auto& [begin, minus] : slices) {
    while (!ends.empty() && ends.back() <= begin) ends.pop_back();
    if (!ends.empty() && begin - minus > ends.back()) return "slices overlap at " + std::to_string(begin);
    ends.push_back(begin - minus);
  }
  return {};
}

// Empty: it is good.
inline std::string trace_problem(const json& events) {
  if (!events.is_array() || events.empty()) return "no list of events";
  std::map<Track, std::vector<std::pair<long long, long long>>> slices;
  std::map<Track, int> open;
  std::map<Track, long long> last;
  std::set<Track> named;
  std::set<long long> processes;
  for (const json& event : events) {
    if (std::string problem = event_problem(event); !problem.empty()) return problem + ": " + event.dump();
    const Track track = track_of(event);
    const std::string phase = event["ph"], name = event.value("name", "");
    if (name == "thread_name" && !named.insert(track).second) return "named twice: " + event.dump();
    if (name == "process_name") processes.insert(track.first);
    if (phase == "X") slices[track].emplace_back(event["ts"], -event["dur"].get<long long>());
    if (phase != "B" && phase != "E") continue;
    if (event["ts"] < last[track]) return "begins and ends out of order: " + event.dump();
    last[track] = event["ts"];
    if ((open[track] += phase == "B" ? 1 : -1) < 0) return "an end without a begin: " + event.dump();
  }
  for (const auto& [track, depth] : open)
    if (depth != 0) return "a begin without an end";
  for (const auto& [track, list] : slices) {
    if (!named.contains(track) || !processes.contains(track.first)) return "a track without a name: " + std::to_string(track.second);
    if (std::string problem = nesting_problem(list); !problem.empty()) return problem + " on track " + std::to_string(track.second);
  }
  return {};
}

}  // namespace hevcpool::test
