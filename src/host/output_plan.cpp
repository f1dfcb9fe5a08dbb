// SPDX-License-Identifier: GPL-2.0-or-later
#include "host/output_plan.h"

#include "base/paths.h"
#include "host/files.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

namespace hevcpool::host {
namespace {

constexpr std::size_t kMostTracks = 32;  // of a file whose tracks are not counted yet

bool names_a_folder(const std::string& path) { return path.ends_with('/') || is_folder(path); }

std::string lower_extension(const std::string& path) {
  std::string out = extension_of(path);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

StillFormat format_of(const std::string& path) {
  const std::string extension = lower_extension(path);
  if (extension == ".png") return StillFormat::png;
  return extension == ".webp" ? StillFormat::webp : StillFormat::jpeg;
}

const char* still_extension(StillFormat format) {
  if (format == StillFormat::png) return ".png";
  return format == StillFormat::webp ? ".webp" : ".jpg";
}

void apply_names(Encode&) {}
void apply_names(Probe&) {}
void apply_names(Clip&) {}
void apply_names(AudioExtract&) {}
void apply_names(Frames&) {}
void apply_names(Thumbnail& request) {
  if (request.picture.format == StillFormat::automatic)
    request.picture.format = format_of(request.outputs.empty() ? "" : request.outputs.front());
}
void apply_names(Image& request) {
  if (request.picture.format == StillFormat::automatic) request.picture.format = format_of(request.output);
}

OutputPlan plan(const Encode& request) { return {.sources = {request.input}}; }
OutputPlan plan(const Probe& request) { return {.sources = {request.input}}; }

OutputPlan plan(const Thumbnail& request) {
  OutputPlan out{.sources = {request.input}, .outputs = request.outputs};
  const auto pictures = request.at.empty() ? request.count : request.at.size();
  const auto files = request.columns > 0 ? 1 : pictures;
  const char* extension = still_extension(request.picture.format);
  for (std::size_t i = 0; request.outputs.empty() && i < files; ++i)
    out.outputs.push_back(stem_of(request.input) + ".thumb" + (files > 1 ? fmt::format("-{}", i + 1) : "") + extension);
  if (!request.map.empty()) out.outputs.push_back(request.map);
  out.targets = out.outputs.size();
  return out;
}

// An encoded clip needs a container for HEVC.
OutputPlan plan(const Clip& request) {
  std::string output = request.output;
  if (output.empty()) {
    const std::string extension = lower_extension(request.input);
    const bool fits = request.mode == ClipMode::copy || extension == ".mp4" || extension == ".mov";
    output = stem_of(request.input) + ".clip" + (fits ? extension_of(request.input) : ".mkv");
  }
  return {.sources = {request.input}, .outputs = {output}, .targets = 1};
}

OutputPlan plan(const AudioExtract& request) {
  OutputPlan out{.sources = {request.input}, .targets = request.all_tracks ? kMostTracks : 1};
  if (!request.tracks.empty()) out.targets = request.tracks.size();
  out.place = request.output.empty() ? request.input : request.output;
  if (request.output.empty() && !request.output_stem.empty()) out.place = request.output_stem + ".*";
  if (!request.output.empty() && names_a_folder(request.output))
    out.place += (request.output.ends_with('/') ? "" : "/") + name_of(request.input);
  else if (out.targets == 1 && !request.output.empty()) out.outputs = {request.output};
  return out;
}

OutputPlan plan(const Image& request) {
  const std::string made = request.output.empty()
                               ? stem_of(request.input) + ".converted" + still_extension(request.picture.format)
                               : request.output;
  return {.sources = {request.input}, .outputs = {made}, .targets = 1};
}

OutputPlan plan(const Frames& request) {
  OutputPlan out{.sources = {request.input}};
  if (!request.reference.empty()) out.sources.push_back(request.reference);
  if (!request.output.empty()) out.outputs = {request.output};
  out.targets = out.outputs.size();
  return out;
}

// A part of a file's name, never of a path.
bool is_extension(const std::string& text) {
  constexpr std::size_t kLongest = 8;
  return !text.empty() && text.size() <= kLongest &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) != 0; });
}

bool is_track(const nlohmann::json& track) {
  if (!track.is_object()) return false;
  const auto number = track.find("track"), extension = track.find("extension");
  if (number != track.end() && !(number->is_number_integer() && *number >= 0)) return false;
  return extension == track.end() || (extension->is_string() && is_extension(extension->get<std::string>()));
}

}  // namespace

Expected<void> check_answer(const nlohmann::json& answer) {
  const auto bad = [] { return fail("commit", "bad_answer", "the worker's answer makes no sense"); };
  if (!answer.is_object()) return bad();
  for (const char* count : {"frames", "bytes_out"})
    if (answer.contains(count) && !answer[count].is_number_integer()) return bad();
  const auto tracks = answer.find("tracks");
  if (tracks == answer.end()) return {};
  if (!tracks->is_array()) return bad();
  return std::ranges::all_of(*tracks, is_track) ? Expected<void>{} : bad();
}

AnyTask with_names_applied(AnyTask request) {
  std::visit([](auto& value) { apply_names(value); }, request);
  return request;
}

OutputPlan plan_small(const AnyTask& request) {
  return std::visit([](const auto& value) { return plan(value); }, request);
}

std::vector<std::string> final_outputs(const AnyTask& request, const OutputPlan& plan, const nlohmann::json& answer) {
  const auto* audio = std::get_if<AudioExtract>(&request);
  if (!audio || !plan.outputs.empty()) return plan.outputs;
  std::vector<std::string> out;
  const auto tracks = answer.find("tracks");
  if (tracks == answer.end()) return out;
  const bool numbered = audio->all_tracks || audio->tracks.size() > 1;
  const std::string stem = names_a_folder(audio->output) || audio->output.empty() ? stem_of(plan.place) : plan.place;
  for (const auto& track : *tracks)
    out.push_back(stem + (numbered ? fmt::format(".{}", track.value("track", 0)) : "") + "." +
                  track.value("extension", "mka"));
  return out;
}

}  // namespace hevcpool::host
