// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/encoder_probe.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace hevcpool::profile {
namespace {

constexpr Nanoseconds kNoDecision = 100'000;

double milliseconds(Nanoseconds time) { return static_cast<double>(time) / 1e6; }
Nanoseconds end_of(const Recorder::Call& call) { return call.begin.wall + call.spent.wall; }
Nanoseconds nanoseconds(double milliseconds) { return std::llround(std::max(milliseconds, 0.0) * 1e6); }

}  // namespace

std::unique_ptr<EncoderProbe> EncoderProbe::create() {
  Recorder* recorder = Recorder::current();
  return recorder == nullptr ? nullptr : std::unique_ptr<EncoderProbe>(new EncoderProbe(*recorder));
}

EncoderProbe::EncoderProbe(Recorder& recorder)
    : recorder_(recorder), encoder_(recorder.next_encoder()), before_(threads_of_process()) {}

EncoderProbe::~EncoderProbe() {
  for (const PendingCall& call : calls_) divide(call, 0);
  take_output_time();
  recorder_.total(Stage::encode).cpu += charge_threads();
}

void EncoderProbe::opened(const EncoderShape& shape) {
  shape_ = shape;
  std::ranges::set_difference(threads_of_process(), before_, std::back_inserter(threads_));
  lane_end_.assign(static_cast<std::size_t>(std::max(shape.frame_threads, 1)), 0);
  for (const Stage stage : {Stage::read, Stage::demux, Stage::decode, Stage::filter, Stage::scale}) since(stage);
}

// Milliseconds of CPU that went to the stage since the last question.
double EncoderProbe::since(Stage stage) {
  const Nanoseconds now = recorder_.total(stage).cpu;
  return milliseconds(now - std::exchange(marks_[index(stage)], now));
}

// CPU of x265's threads since the last call.
Nanoseconds EncoderProbe::charge_threads() {
  Nanoseconds sum = 0;
  for (const pid_t thread : threads_) sum += std::max<Nanoseconds>(cpu_of_thread(thread), 0);
  return std::max<Nanoseconds>(0, sum - std::exchange(last_cpu_, std::max(sum, last_cpu_)));
}

void EncoderProbe::give(std::int64_t number) {
  given_ = number;
  fronts_[number] = {since(Stage::read) + since(Stage::demux), since(Stage::decode), since(Stage::filter),
                     since(Stage::scale)};
}

void EncoderProbe::keep_call(bool gave_frame) {
  calls_.push_back({recorder_.last_call(), gave_frame, std::exchange(given_, -1)});
}

void EncoderProbe::called() { keep_call(false); }

// Muxing and writing between two frames is the first one's.
void EncoderProbe::take_output_time() {
  const double mux = since(Stage::mux), write = since(Stage::write);
  auto& rows = recorder_.frames();
  if (last_row_ >= rows.size()) return;
  rows[last_row_].mux += mux;
  rows[last_row_].write += write;
}

void EncoderProbe::called(const EncodedFrame& frame) {
  take_output_time();
  keep_call(true);
  const Recorder::Call& call = recorder_.last_call();
  FrameRow row{.x265 = frame, .pass = recorder_.passes().back().number, .encoder = encoder_};
  row.time = milliseconds(end_of(call) - recorder_.begun().wall);
  row.wait = milliseconds(std::max<Nanoseconds>(0, call.spent.wall - call.spent.cpu));
  const Nanoseconds cpu = charge_threads();
  row.encode = milliseconds(cpu);
  const Recorder::Call began = divide_until(frame, row);
  if (!wants_times()) row.x265.wall = milliseconds(likely_wall(row, began, call));
  if (const auto front = fronts_.extract(frame.number); !front.empty()) {
    row.demux = front.mapped().demux, row.decode = front.mapped().decode;
    row.filter = front.mapped().filter, row.scale = front.mapped().scale;
  }
  if (const auto input = inputs_.extract(frame.number); !input.empty()) row.input = input.mapped();
  recorder_.total(Stage::encode).add_call(nanoseconds(row.x265.row0_wait + row.x265.wall), cpu);
  add_slice(row, end_of(began));
  last_row_ = recorder_.frames().size();
  recorder_.add_frame(row);
}

// Where x265 is not asked: a frame that was waited for took until the wait's end; of another one only its CPU time is
// known.
Nanoseconds EncoderProbe::likely_wall(const FrameRow& row, const Recorder::Call& began, const Recorder::Call& call) const {
  const Nanoseconds start = end_of(began), waited = call.spent.wall - call.spent.cpu;
  const Nanoseconds end = waited > kNoDecision ? call.begin.wall + std::min(usual_input_, call.spent.cpu) + waited
                                               : start + nanoseconds(row.encode);
  return std::clamp<Nanoseconds>(end - start, 0, std::max<Nanoseconds>(0, end_of(call) - start));
}

Recorder::Call EncoderProbe::divide_until(const EncodedFrame& frame, FrameRow& row) {
  const std::size_t in_flight = shape_.immediate ? 0 : static_cast<std::size_t>(shape_.frame_threads);
  Recorder::Call began = calls_.front().call;
  while (calls_.size() > in_flight) {
    const bool is_it = calls_.size() == in_flight + 1;
    const Nanoseconds spent = divide(calls_.front(), is_it ? nanoseconds(frame.decide_wait) : 0);
    if (is_it) row.lookahead = milliseconds(spent);
    began = calls_.front().call;
    calls_.pop_front();
  }
  return began;
}

// Slice types are decided for several pictures at once: what a call takes beyond the cheapest of the last ones. Where
// other threads decide, a call that gives no frame waits for nothing else.
Nanoseconds EncoderProbe::guess_decision(const PendingCall& pending) {
  constexpr std::size_t kRecent = 16;
  const Nanoseconds cpu = pending.call.spent.cpu;
  if (!shape_.own_lookahead) return pending.gave_frame ? 0 : pending.call.spent.wall - cpu;
  if (pending.number < 0) return cpu;
  recent_calls_.push_back(cpu);
  if (recent_calls_.size() > kRecent) recent_calls_.pop_front();
  const Nanoseconds cheapest = std::ranges::min(recent_calls_);
  return cpu > cheapest + cheapest / 4 + kNoDecision ? cpu - cheapest : 0;
}

// Copying and deciding take CPU, waiting takes none. What a call without a decision spent was all for its picture;
// one with a decision, whose wall time is known, copies at least as much as the one before.
Nanoseconds EncoderProbe::divide(const PendingCall& pending, Nanoseconds decide_wait) {
  const auto [wall, cpu] = pending.call.spent;
  const Nanoseconds decide = std::clamp<Nanoseconds>(wants_times() ? decide_wait : guess_decision(pending), 0, wall);
  const Nanoseconds decide_cpu =
      shape_.own_lookahead ? std::clamp<Nanoseconds>(decide, 0, cpu - std::min(cpu, usual_input_)) : 0;
  if (decide < kNoDecision && pending.number >= 0) usual_input_ = cpu;
  const Nanoseconds input_cpu = cpu - decide_cpu;
  const Nanoseconds input = pending.gave_frame ? std::min(wall - decide, input_cpu) : wall - decide;
  const Nanoseconds wait = wall - decide - input;
  recorder_.total(Stage::input).add_call(input, input_cpu);
  if (pending.gave_frame) recorder_.total(Stage::wait).add_call(wait, 0);
  if (decide > 0) recorder_.total(Stage::lookahead).add_call(decide, decide_cpu);
  recorder_.add_slice(Stage::input, pending.call.begin.wall, input);
  recorder_.add_slice(Stage::wait, pending.call.begin.wall + input, wait);
  recorder_.add_slice(Stage::lookahead, pending.call.begin.wall + input + wait, decide);
  if (pending.number >= 0) inputs_[pending.number] = milliseconds(input_cpu);
  return decide_cpu;
}

void EncoderProbe::add_slice(const FrameRow& row, Nanoseconds started) {
  const std::size_t lane = static_cast<std::size_t>(row.x265.order) % lane_end_.size();
  const Nanoseconds begin = std::max(started, lane_end_[lane]);
  const Nanoseconds end = std::min(begin + nanoseconds(row.x265.row0_wait + row.x265.wall), recorder_.ended().wall);
  if (end <= begin) return;
  lane_end_[lane] = end;
  recorder_.add_frame_slice(lane, {begin, end - begin, static_cast<std::uint32_t>(row.x265.type),
                                   static_cast<std::uint32_t>(row.x265.number), 1});
}

}  // namespace hevcpool::profile
