// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/pool_trace.h"

#include "profile/stage.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace hevcpool::profile {
namespace {

using nlohmann::json;

constexpr int kTracksOfWorker = 20;                 // itself, and its x265 lanes
constexpr double kBetweenCounts = 0.05;             // seconds
// A moment of a worker is at most about ten slices (eight stages and frames) of some 120 bytes: 60 kB a second.
constexpr double kBytesPerMoment = 1200, kBytesPerSecond = 60'000;
constexpr std::uint64_t kMostBytes = 400 << 20;     // then only steps are written

std::string stage_label(const json& kind) {
  const auto number = kind.get<std::size_t>();
  return number < kStages ? std::string(kStageNames[number]) : "other";
}

// [begin, length, kind, first, count] in microseconds from the task's begin.
bool is_slice(const json& slice) {
  return slice.is_array() && slice.size() == 5 && std::ranges::all_of(slice, [](const json& each) { return each.is_number_unsigned(); });
}

struct Span {
  double begin, end;
  bool is_visible() const { return end - begin >= 0.5e-6; }  // in the file's microseconds
};
// Places the slices of one track: inside the step, as the clocks of two processes differ by a little, and one after
// the other, whatever rounding did.
class Row {
 public:
  Row(double zero, const TracedStep& step) : zero_(zero), next_(step.begin), end_(step.end) {}
  Span place(const json& slice) {
    const double begin = std::clamp(zero_ + slice[0].get<double>() * 1e-6, next_, end_);
    next_ = std::min(begin + slice[1].get<double>() * 1e-6, end_);
    return {begin, next_};
  }

 private:
  double zero_, next_, end_;
};

}  // namespace

double trace_resolution(unsigned workers) { return workers * kBytesPerMoment / kBytesPerSecond; }

Expected<std::unique_ptr<PoolTrace>> PoolTrace::create(const std::string& path, double zero) {
  HEVCPOOL_ASSIGN(auto file, TraceFile::create(path, zero));
  return std::unique_ptr<PoolTrace>(new PoolTrace(std::move(file)));
}

void PoolTrace::begin(unsigned workers) {
  file_->name_process("hevcpool");
  for (int worker = 0; worker < static_cast<int>(workers); ++worker)
    file_->name_track(kTracksOfWorker * (worker + 1), fmt::format("worker {}", worker));
}

int PoolTrace::lane(int worker, std::size_t number) {
  const int track = kTracksOfWorker * (worker + 1) + 1 + static_cast<int>(std::min<std::size_t>(number, kTracksOfWorker - 2));
  if (named_.insert(track).second) file_->name_track(track, fmt::format("worker {}: x265 {}", worker, number));
  return track;
}

void PoolTrace::step(const TracedStep& given) {
  TracedStep step = given;
  step.begin = std::max(step.begin, ends_[step.worker]);  // one step at a time, whatever the messages' way took
  step.end = std::max(step.end, step.begin);
  ends_[step.worker] = step.end;
  file_->slice(kTracksOfWorker * (step.worker + 1), step.name + " " + step.input, "step", step.begin, step.end,
               fmt::format(R"({{"input":{},"ok":{}}})", json_quoted(step.input), step.ok));
  if (!step.measured.empty() && bytes() < kMostBytes) draw(step);
}

void PoolTrace::draw(const TracedStep& step) {
  const json task = json::parse(step.measured, nullptr, false);
  if (!task.is_object() || !task.contains("begin") || !task["begin"].is_number()) return;
  const double zero = task["begin"];
  Row stages(zero, step);
  for (const json& slice : task.value("slices", json::array())) {
    if (!is_slice(slice)) continue;
    const Span span = stages.place(slice);
    if (!span.is_visible()) continue;
    file_->slice(kTracksOfWorker * (step.worker + 1), stage_label(slice[2]), "stage", span.begin, span.end,
                 slice[4] == 1 ? std::string() : fmt::format(R"({{"calls":{}}})", slice[4].get<std::uint64_t>()));
  }
  std::size_t number = 0;
  for (const json& frames : task.value("lanes", json::array())) {
    const int track = lane(step.worker, number++);
    Row row(zero, step);
    for (const json& slice : frames) {
      if (!is_slice(slice)) continue;
      const Span span = row.place(slice);
      if (!span.is_visible()) continue;
      const std::string type(1, static_cast<char>(slice[2].get<unsigned>() & 0x7fU));
      file_->slice(track, type, "frame", span.begin, span.end,
                   fmt::format(R"({{"frame":{},"frames":{}}})", slice[3].get<std::uint64_t>(), slice[4].get<std::uint64_t>()));
    }
  }
}

void PoolTrace::waiting(std::size_t jobs, double now) {
  if (now - last_count_ < kBetweenCounts && jobs != 0) return;
  last_count_ = now;
  file_->counter("jobs waiting", now, static_cast<double>(jobs));
}

}  // namespace hevcpool::profile
