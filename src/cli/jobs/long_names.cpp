// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/jobs/long_names.h"

#include "cli/jobs/task_conflicts.h"
#include "plan/paths/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

namespace hevcpool::cli {
namespace {

namespace fs = std::filesystem;

// "out/a.mkv.thumb.jpg" of "out/a.thumb.jpg" and "films/a.mkv".
std::string with_extension_of(const std::string& output, const fs::path& input) {
  const fs::path path(output);
  const std::string name = path.filename().native(), stem = input.stem().native();
  if (!name.starts_with(stem)) return output;
  return (path.parent_path() / (stem + input.extension().native() + name.substr(stem.size()))).native();
}

void keep_extension(Encode&) {}
void keep_extension(Probe&) {}
void keep_extension(Clip& task) { task.output = with_extension_of(outputs_of(AnyTask(task)).front(), task.input); }
void keep_extension(Image& task) { task.output = with_extension_of(outputs_of(AnyTask(task)).front(), task.input); }
void keep_extension(Frames& task) { task.output = with_extension_of(task.output, task.input); }
void keep_extension(Thumbnail& task) {
  std::vector<std::string> names = outputs_of(AnyTask(task));
  for (std::string& name : names) name = with_extension_of(name, task.input);
  if (!task.map.empty()) {
    task.map = names.back();
    names.pop_back();
  }
  task.outputs = std::move(names);
}
// What its tracks are decides the rest of the name.
void keep_extension(AudioExtract& task) {
  if (const auto known = outputs_of(AnyTask(task)); !known.empty()) {
    task.output = with_extension_of(known.front(), task.input);
    return;
  }
  task.output_stem = task.output.empty() ? task.input : (fs::path(task.output) / fs::path(task.input).filename()).native();
  task.output.clear();
}

// Where the sound will be, without its extension. Sound that is read itself is no rival: it may be what was made before.
std::string place_of_sound(const AnyTask& task) {
  const auto* audio = std::get_if<AudioExtract>(&task);
  if (!audio || !outputs_of(task).empty() || !audio->output_stem.empty() || !plan::is_video_name(audio->input)) return {};
  const fs::path input(audio->input), folder(audio->output.empty() ? input.parent_path() : fs::path(audio->output));
  return plan::place_of((folder / input.stem()).native());
}

}  // namespace

// False: they stay as they are.
bool LongNames::lengthen(std::size_t a, std::size_t b) {
  const std::string first = input_of(tasks_[a].task), second = input_of(tasks_[b].task);
  const bool same = first == second || (is_long_[a] && is_long_[b]) || (!tasks_[a].found && !tasks_[b].found);
  if (same || tasks_[a].problem || tasks_[b].problem) return false;
  for (const std::size_t n : {a, b}) {
    if (!is_long_[n]) std::visit([](auto& task) { keep_extension(task); }, tasks_[n].task);
    is_long_[n] = true;
  }
  sentences_.push_back(fmt::format("'{}' and '{}' would have one output: each keeps its extension in the name", first, second));
  return true;
}

bool LongNames::settle_files() {
  std::vector<const AnyTask*> requests;
  std::vector<std::size_t> numbers;
  for (std::size_t n = 0; n < tasks_.size(); ++n) {
    if (tasks_[n].problem) continue;
    requests.push_back(&tasks_[n].task);
    numbers.push_back(n);
  }
  bool changed = false;
  for (const plan::FileConflict& conflict : plan::file_conflicts(files_of(requests)))
    if (conflict.kind == plan::FileConflict::Kind::same_output)
      changed = lengthen(numbers[conflict.other], numbers[conflict.job]) || changed;
  return changed;
}

void LongNames::settle_sounds() {
  std::map<std::string, std::size_t> places;
  for (std::size_t n = 0; n < tasks_.size(); ++n) {
    const std::string place = place_of_sound(tasks_[n].task);
    if (place.empty()) continue;
    const auto [first, is_new] = places.emplace(place, n);
    if (!is_new) lengthen(first->second, n);
  }
}

std::vector<std::string> LongNames::settle() {
  settle_sounds();
  while (settle_files()) {
  }
  return std::move(sentences_);
}

}  // namespace hevcpool::cli
