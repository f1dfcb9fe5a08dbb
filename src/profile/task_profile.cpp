// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/task_profile.h"

#include "base/io.h"
#include "profile/json_text.h"

#include <unistd.h>

#include <cerrno>

namespace hevcpool::profile {
namespace {

double seconds(Nanoseconds time) { return static_cast<double>(time) / 1e9; }

void put_stage(JsonText& json, Stage stage, const StageTotal& total, const Counters* counters) {
  json.open_object();
  json.member("name", name(stage));
  json.member("wall", seconds(total.wall));
  json.member("cpu", seconds(total.cpu));
  json.member("calls", total.calls.count());
  json.member("p50", seconds(total.calls.quantile(0.5)));
  json.member("p99", seconds(total.calls.quantile(0.99)));
  json.member("max", seconds(total.calls.max()));
  if (counters != nullptr)
    for (std::size_t n = 0; n < kCounters; ++n) json.member(counter_names(counters->source())[n], total.counters[n]);
  json.close_object();
}

// x265's call is divided; its counters are not, and stay with the copy of the picture.
void put_stages(JsonText& json, Recorder& recorder, const CounterValues& process) {
  recorder.total(Stage::input).counters = recorder.total(Stage::x265_call).counters;
  CounterValues own{};
  for (std::size_t s = 0; s < kStages; ++s)
    for (std::size_t n = 0; n < kCounters; ++n)
      if (static_cast<Stage>(s) != Stage::input) own[n] += recorder.total(static_cast<Stage>(s)).counters[n];
  recorder.total(Stage::encode).counters = difference(process, own);
  json.open_array("stages");
  for (std::size_t s = 0; s < index(Stage::x265_call); ++s) {
    const StageTotal& total = recorder.total(static_cast<Stage>(s));
    if (total.wall > 0 || total.cpu > 0) put_stage(json, static_cast<Stage>(s), total, recorder.counters());
  }
  json.close_array();
}

template <class Value>
void put_column(JsonText& json, const char* key, const std::vector<FrameRow>& rows, Value value) {
  json.open_array(key);
  for (const FrameRow& row : rows) json.item(value(row));
  json.close_array();
}

#define HEVCPOOL_X265_COLUMN(key, field) \
  put_column(json, key, rows, [](const FrameRow& row) { return row.x265.field; })
#define HEVCPOOL_TIME_COLUMN(field) put_column(json, #field, rows, [](const FrameRow& row) { return row.field; })

void put_times(JsonText& json, const std::vector<FrameRow>& rows) {
  HEVCPOOL_TIME_COLUMN(time);
  HEVCPOOL_TIME_COLUMN(demux);
  HEVCPOOL_TIME_COLUMN(decode);
  HEVCPOOL_TIME_COLUMN(filter);
  HEVCPOOL_TIME_COLUMN(scale);
  HEVCPOOL_TIME_COLUMN(input);
  HEVCPOOL_TIME_COLUMN(lookahead);
  HEVCPOOL_TIME_COLUMN(wait);
  HEVCPOOL_TIME_COLUMN(encode);
  HEVCPOOL_TIME_COLUMN(mux);
  HEVCPOOL_TIME_COLUMN(write);
}

void put_encoder_times(JsonText& json, const std::vector<FrameRow>& rows) {
  HEVCPOOL_X265_COLUMN("decide_wait", decide_wait);
  HEVCPOOL_X265_COLUMN("row0_wait", row0_wait);
  HEVCPOOL_X265_COLUMN("wall", wall);
  HEVCPOOL_X265_COLUMN("ref_wait", ref_wait);
  HEVCPOOL_X265_COLUMN("ctu_time", ctu_time);
  HEVCPOOL_X265_COLUMN("stall", stall);
  HEVCPOOL_X265_COLUMN("avg_wpp", avg_wpp);
}

void put_frames(JsonText& json, const std::vector<FrameRow>& rows, bool with_encoder_times) {
  json.open_object("frames");
  put_column(json, "pass", rows, [](const FrameRow& row) { return row.pass; });
  put_column(json, "encoder", rows, [](const FrameRow& row) { return row.encoder; });
  put_column(json, "type", rows, [](const FrameRow& row) { return std::string_view(&row.x265.type, 1); });
  HEVCPOOL_X265_COLUMN("number", number);
  HEVCPOOL_X265_COLUMN("order", order);
  HEVCPOOL_X265_COLUMN("qp", qp);
  HEVCPOOL_X265_COLUMN("bits", bits);
  HEVCPOOL_X265_COLUMN("ssim", ssim);
  HEVCPOOL_X265_COLUMN("psnr", psnr);
  HEVCPOOL_X265_COLUMN("latency", latency);
  if (with_encoder_times) put_encoder_times(json, rows);
  put_times(json, rows);
  json.close_object();
}

// CPU of each stage of a pass: until the next one began.
void put_passes(JsonText& json, const Recorder& recorder) {
  const std::vector<PassTotal>& passes = recorder.passes();
  json.open_array("passes");
  for (std::size_t p = 0; p < passes.size(); ++p) {
    const PassTotal* next = p + 1 < passes.size() ? &passes[p + 1] : nullptr;
    json.open_object();
    json.member("number", passes[p].number);
    json.member("frames", passes[p].frames);
    json.member("bits", passes[p].bits);
    json.member("wall", seconds((next != nullptr ? next->begin : recorder.ended().wall) - passes[p].begin));
    json.open_object("cpu");
    for (std::size_t s = 0; s < index(Stage::x265_call); ++s) {
      const Nanoseconds until = next != nullptr ? next->cpu_before[s] : recorder.total(static_cast<Stage>(s)).cpu;
      if (until > passes[p].cpu_before[s]) json.member(kStageNames[s], seconds(until - passes[p].cpu_before[s]));
    }
    json.close_object();
    json.close_object();
  }
  json.close_array();
}

// [begin, length, kind, first, count]: microseconds from the task's beginning.
void put_slices(JsonText& json, const char* key, Timeline& timeline, Nanoseconds zero) {
  if (key != nullptr) json.open_array(key);
  else json.open_array();
  for (const Slice& slice : timeline.slices()) {
    json.open_array();
    json.item((slice.begin - zero) / 1000);
    json.item(slice.length / 1000);
    json.item(slice.kind);
    json.item(slice.first);
    json.item(slice.count);
    json.close_array();
  }
  json.close_array();
}

// [[count, address, ...]], innermost first.
void put_samples(JsonText& json, Sampler& sampler) {
  json.open_object("samples");
  json.open_array("stacks");
  for (const auto& [stack, count] : sampler.stop()) {
    json.open_array();
    json.item(count);
    for (const std::uintptr_t address : stack) json.item(address);
    json.close_array();
  }
  json.close_array();
  json.member("lost", sampler.lost());
  json.close_object();
}

}  // namespace

TaskProfile::TaskProfile(const TaskProfileOptions& options)
    : recorder_(options.recorder), recording_(std::make_unique<Recording>(recorder_)) {
  if (options.samples_per_second > 0) sampler_ = Sampler::start(options.samples_per_second);
  if (recorder_.counters() != nullptr) process_counters_ = recorder_.counters()->process();
}

TaskProfile::~TaskProfile() = default;

std::string TaskProfile::finish() {
  recorder_.stop();
  recording_.reset();
  return text();
}

std::string TaskProfile::text() {
  const Nanoseconds begun = recorder_.begun().wall, own = recorder_.ended().cpu - recorder_.begun().cpu;
  CounterValues counters{};
  if (recorder_.counters() != nullptr) counters = difference(recorder_.counters()->process(), process_counters_);
  JsonText json;
  json.open_object();
  json.member("begin", seconds(begun));
  json.member("wall", seconds(recorder_.ended().wall - begun));
  json.member("cpu", seconds(recorder_.process_cpu()));
  json.open_object("threads");
  json.member("worker", seconds(own));
  json.member("x265", seconds(recorder_.total(Stage::encode).cpu));
  json.member("others", seconds(recorder_.cpu_of_others()));
  json.close_object();
  json.member("counters", recorder_.counters() == nullptr                                    ? "none"
                          : recorder_.counters()->source() == CounterSource::hardware ? "hardware"
                                                                                      : "kernel");
  json.member("counters_reason", recorder_.counters() == nullptr ? "" : recorder_.counters()->reason());
  put_stages(json, recorder_, counters);
  put_passes(json, recorder_);
  put_frames(json, recorder_.frames(), recorder_.options().encoder_times);
  json.member("resolution", seconds(recorder_.stages().resolution()));
  put_slices(json, "slices", recorder_.stages(), begun);
  json.open_array("lanes");
  for (Timeline& lane : recorder_.lanes()) put_slices(json, nullptr, lane, begun);
  json.close_array();
  if (sampler_) put_samples(json, *sampler_);
  json.close_object();
  return json.take();
}

Expected<void> write_text(int file, const std::string& text) {
  if (!write_at(file, text, 0)) return fail_errno("profile", "writing the profile", errno);
  return {};
}

}  // namespace hevcpool::profile
