// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/run.h"

#include <algorithm>
#include <utility>
#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using nlohmann::json;

// A worker wrote the text: nothing in it may be nested so deeply that writing it again overflows the stack.
bool is_shallow(std::string_view text) {
  constexpr int kDeepest = 16;
  int depth = 0;
  bool quoted = false;
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (quoted && text[n] == '\\') ++n;
    else if (text[n] == '"') quoted = !quoted;
    else if (!quoted && (text[n] == '[' || text[n] == '{') && ++depth > kDeepest) return false;
    else if (!quoted && (text[n] == ']' || text[n] == '}')) --depth;
  }
  return true;
}

double number(const json& object, std::string_view key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text(const json& object, std::string_view key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const json& part(const json& object, std::string_view key) {
  static const json kNothing;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() ? *found : kNothing;
}

std::vector<double> column(const json& frames, std::string_view key) {
  std::vector<double> values;
  for (const json& value : part(frames, key)) values.push_back(value.is_number() ? value.get<double>() : 0);
  return values;
}

json idle_stage(double idle) {
  return {{"name", "idle"}, {"wall", idle}, {"cpu", 0.0}, {"share", 0.0}, {"calls", 0}, {"mean", 0.0},
          {"p50", 0.0},     {"p99", 0.0},   {"max", 0.0}};
}

json with_shares(json stages, double cpu, double idle) {
  for (json& stage : stages) {
    const double calls = number(stage, "calls");
    stage["mean"] = calls > 0 ? number(stage, "wall") / calls : 0.0;
    stage["share"] = cpu > 0 ? number(stage, "cpu") / cpu : 0.0;
  }
  stages.push_back(idle_stage(idle));
  return stages;
}

json steps_of(const RunFacts& facts) {
  json steps = json::array();
  for (const auto& step : facts.steps)
    steps.push_back({{"name", step.name}, {"worker", step.worker}, {"begin", step.begin}, {"end", step.end}});
  return steps;
}

// The rows of the last pass: those before it only prepare it.
std::vector<std::size_t> last_rows(const json& frames) {
  const std::vector<double> passes = column(frames, "pass");
  const double last = passes.empty() ? 0 : std::ranges::max(passes);
  std::vector<std::size_t> rows;
  for (std::size_t n = 0; n < part(frames, "number").size(); ++n)
    if (n >= passes.size() || passes[n] == last) rows.push_back(n);
  return rows;
}

double mean_of(const json& frames, std::string_view key, const std::vector<std::size_t>& rows) {
  const std::vector<double> values = column(frames, key);
  double sum = 0;
  for (const std::size_t row : rows) sum += row < values.size() ? values[row] : 0;
  return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
}

void put_output(json& document, const RunFacts& facts, const json& task) {
  const json& frames = part(task, "frames");
  const json& passes = part(task, "passes");
  const json last = passes.is_array() && !passes.empty() ? passes.back() : json();
  const double count = number(last, "frames"), wall = number(task, "wall");
  const std::vector<std::size_t> rows = last_rows(frames);
  document["frames"] = static_cast<std::uint64_t>(count);
  document["fps"] = wall > 0 ? count / wall : 0.0;
  document["bytes_out"] = facts.bytes_out;
  document["bits_per_second"] = facts.seconds > 0 ? number(last, "bits") / facts.seconds : 0.0;
  document["ssim"] = mean_of(frames, "ssim", rows);
  document["psnr"] = mean_of(frames, "psnr", rows);
}

std::vector<StageFigures> stages_of(const json& list) {
  std::vector<StageFigures> stages;
  for (const json& each : list) {
    StageFigures stage{text(each, "name"), number(each, "wall"), number(each, "cpu"), number(each, "share"),
                       static_cast<std::uint64_t>(number(each, "calls")), number(each, "mean"), number(each, "p50"),
                       number(each, "p99"), number(each, "max"), {}};
    for (const char* key : {"cycles", "instructions", "cache_misses", "waits", "preemptions", "page_faults"})
      if (each.contains(key)) stage.counters[key] = number(each, key);
    stages.push_back(std::move(stage));
  }
  return stages;
}

std::vector<PassFigures> passes_of(const json& list) {
  std::vector<PassFigures> passes;
  for (const json& each : list) {
    PassFigures pass{static_cast<int>(number(each, "number")), static_cast<std::uint64_t>(number(each, "frames")),
                     number(each, "wall"), 0, {}};
    for (const auto& [stage, cpu] : part(each, "cpu").items()) {
      pass.stages[stage] = cpu.is_number() ? cpu.get<double>() : 0;
      pass.cpu += pass.stages[stage];
    }
    passes.push_back(std::move(pass));
  }
  return passes;
}

// In the order in which a stream of one type after the other is read: key frames first.
int rank(char type) { return static_cast<int>(std::string_view("IiPBb?").find(type)); }

std::vector<TypeFigures> types_of(const json& frames) {
  const json& types = part(frames, "type");
  const auto qp = column(frames, "qp"), bits = column(frames, "bits"), encode = column(frames, "encode"),
             pass = column(frames, "pass");
  const std::size_t rows = std::min({types.size(), qp.size(), bits.size(), encode.size()});
  std::map<std::pair<int, int>, TypeFigures> found;
  for (std::size_t n = 0; n < rows; ++n) {
    const std::string name = types[n].is_string() ? types[n].get<std::string>() : "?";
    const char letter = name.empty() || rank(name[0]) < 0 ? '?' : name[0];
    const int number = n < pass.size() ? static_cast<int>(pass[n]) : 0;
    TypeFigures& type = found[{number, rank(letter)}];
    type.pass = number, type.type = letter;
    ++type.count;
    type.qp += qp[n], type.bits += bits[n], type.encode += encode[n];
  }
  std::vector<TypeFigures> list;
  for (const auto& [key, type] : found) {
    const auto count = static_cast<double>(type.count);
    list.push_back({type.pass, type.type, type.count, type.qp / count, type.bits / count, type.encode / count});
  }
  return list;
}

}  // namespace

const StageFigures* Run::stage(std::string_view wanted) const {
  const auto found = std::ranges::find(stages, wanted, &StageFigures::name);
  return found == stages.end() ? nullptr : &*found;
}

Expected<json> compose_run(const RunFacts& facts, std::string_view measured) {
  json task = is_shallow(measured) ? json::parse(measured, nullptr, false) : json();
  if (!task.is_object()) return fail("profile", "no_profile", "the worker measured nothing");
  const double cpu = number(task, "cpu"), wall = number(task, "wall");
  json document = {{"hevcpool_profile", 1}, {"version", facts.version}, {"label", facts.label},
                   {"settings", facts.settings}, {"wall", wall}, {"cpu", cpu}, {"cpu_by_kernel", facts.cpu}};
  document["input"] = {{"name", facts.input}, {"bytes", facts.bytes_in}, {"seconds", facts.seconds}};
  put_output(document, facts, task);
  document["stages"] = with_shares(std::move(task["stages"]), cpu, std::max(0.0, facts.whole - wall));
  for (const char* key : {"counters", "counters_reason", "threads"}) document[key] = std::move(task[key]);
  for (const char* key : {"stages", "counters", "counters_reason", "threads"}) task.erase(key);
  document["steps"] = steps_of(facts);
  document["task"] = std::move(task);
  return document;
}

Run read_run(const json& document) {
  Run run;
  run.label = text(document, "label");
  run.input = text(part(document, "input"), "name");
  run.wall = number(document, "wall"), run.cpu = number(document, "cpu");
  run.frames = static_cast<std::uint64_t>(number(document, "frames"));
  run.bytes_out = static_cast<std::uint64_t>(number(document, "bytes_out"));
  run.fps = number(document, "fps"), run.bits_per_second = number(document, "bits_per_second");
  run.ssim = number(document, "ssim"), run.psnr = number(document, "psnr");
  run.counters = text(document, "counters"), run.counters_reason = text(document, "counters_reason");
  for (const auto& [key, value] : part(document, "threads").items()) run.threads[key] = value.is_number() ? value.get<double>() : 0;
  for (const auto& [key, value] : part(document, "settings").items()) run.settings[key] = value.is_string() ? value.get<std::string>() : "";
  run.stages = stages_of(part(document, "stages"));
  const json& frames = part(part(document, "task"), "frames");
  run.passes = passes_of(part(part(document, "task"), "passes"));
  run.types = types_of(frames);
  const std::vector<std::size_t> rows = last_rows(frames);
  for (const char* key : {"decide_wait", "row0_wait", "wall", "ref_wait", "ctu_time", "stall", "avg_wpp", "latency"})
    if (!part(frames, key).empty()) run.x265[key] = mean_of(frames, key, rows);
  return run;
}

Expected<std::vector<json>> parse_runs(std::string_view text) {
  json document = is_shallow(text) ? json::parse(text, nullptr, false) : json();
  std::vector<json> runs;
  if (document.is_array()) runs = document.get<std::vector<json>>();
  else runs.push_back(std::move(document));
  if (runs.empty() || std::ranges::any_of(runs, [](const json& run) { return number(run, "hevcpool_profile") != 1; }))
    return fail("profile", "no_profile", "this is no file of `hevcpool profile --json`");
  return runs;
}

}  // namespace hevcpool::profile
