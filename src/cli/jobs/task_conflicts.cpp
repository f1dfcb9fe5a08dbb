// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/task_conflicts.h"

#include "cli/jobs/long_names.h"
#include "plan/paths/outputs.h"
#include "plan/paths/video_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace hevcpool::cli {
namespace fs = std::filesystem;
namespace {

using Kind = plan::FileConflict::Kind;

std::string message(const plan::FileConflict& conflict, const std::vector<const AnyTask*>& tasks) {
  const std::string& input = input_of(*tasks[conflict.job]);
  const std::string& other = input_of(*tasks[conflict.other]);
  const std::string& output = conflict.output;
  switch (conflict.kind) {
    case Kind::same_output: return fmt::format("'{}' and '{}' would both become '{}'", other, input, output);
    case Kind::own_input: return fmt::format("the output '{}' of '{}' is what it reads itself", output, input);
    case Kind::other_input: return fmt::format("the output '{}' of '{}' is read for '{}'", output, input, other);
    case Kind::folder: return fmt::format("the output '{}' of '{}' is a folder", output, input);
  }
  return output;
}

plan::FilesOfJob files_of(const AnyTask& task) {
  const auto* encode = std::get_if<Encode>(&task);
  return {.inputs = inputs_of(task), .outputs = possible_outputs_of(task), .replaces = encode && encode->replace};
}

bool is_number(const std::string& extension) {
  return extension.size() > 1 && extension.find_first_not_of("0123456789", 1) == std::string::npos;
}

// Sound gets its number and extension by what is found in the source: this is the place without them. Empty where the
// name is known, or nothing is written over.
std::string unnamed_sound(const AnyTask& task) {
  const auto* audio = std::get_if<AudioExtract>(&task);
  if (!audio || audio->overwrite != Overwrite::always || !outputs_of(task).empty()) return {};
  const fs::path input(audio->input), output(audio->output);
  if (output.empty()) return plan::place_of(fs::path(input).replace_extension().native());
  std::error_code error;
  const bool folder = audio->output.ends_with('/') || fs::is_directory(output, error);
  return plan::place_of(folder ? (output / input.stem()).native() : output.native());
}

// The sounds that are read, by the places that a task may have to make them from: "NAME" of NAME.m4a and NAME.2.m4a.
std::multimap<std::string, std::string> sounds_by_place(const std::vector<const AnyTask*>& tasks) {
  std::multimap<std::string, std::string> sounds;
  for (const AnyTask* task : tasks) {
    const std::string& input = input_of(*task);
    if (!plan::is_sound_name(input) || plan::is_video_name(input)) continue;
    fs::path stem = fs::path(input).replace_extension();
    sounds.emplace(plan::place_of(stem.native()), input);
    if (is_number(stem.extension().native())) sounds.emplace(plan::place_of(stem.replace_extension().native()), input);
  }
  return sounds;
}

}  // namespace

std::vector<plan::FilesOfJob> files_of(const std::vector<const AnyTask*>& tasks) {
  std::vector<plan::FilesOfJob> files;
  std::vector<std::string> unnamed;
  for (const AnyTask* task : tasks) {
    files.push_back(files_of(*task));
    unnamed.push_back(unnamed_sound(*task));
  }
  if (std::ranges::all_of(unnamed, &std::string::empty)) return files;
  const auto sounds = sounds_by_place(tasks);
  for (std::size_t job = 0; job < tasks.size(); ++job) {
    const auto [first, last] = sounds.equal_range(unnamed[job]);
    for (auto sound = first; sound != last; ++sound)
      if (sound->second != input_of(*tasks[job])) files[job].outputs.push_back(sound->second);
  }
  return files;
}

bool Repetitions::is_new(const AnyTask& task) {
  return possible_outputs_of(task).empty() || seen_.insert(to_json(task)).second;
}

Expected<void> settle_conflicts(std::vector<PlannedTask>& tasks, std::vector<std::string>* messages) {
  Repetitions repetitions;
  std::erase_if(tasks, [&](const PlannedTask& each) { return !repetitions.is_new(each.task); });
  std::vector<const AnyTask*> requests;
  for (const PlannedTask& each : tasks)
    if (!each.problem) requests.push_back(&each.task);
  auto renamed = LongNames(tasks).settle();
  if (messages) *messages = std::move(renamed);
  const auto conflicts = plan::file_conflicts(files_of(requests));
  if (conflicts.empty()) return {};
  return fail("usage", "conflict", message(conflicts.front(), requests));
}

}  // namespace hevcpool::cli
