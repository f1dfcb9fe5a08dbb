// SPDX-License-Identifier: GPL-2.0-or-later
#include "profile/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace hevcpool::profile {
namespace {

// Stages by their share; those that only wait come last, idle at the end.
std::vector<StageFigures> ranked(const Run& run) {
  std::vector<StageFigures> stages = run.stages;
  std::ranges::stable_sort(stages, [](const StageFigures& a, const StageFigures& b) {
    if ((a.name == "idle") != (b.name == "idle")) return b.name == "idle";
    return a.cpu > b.cpu;
  });
  return stages;
}

std::string count_text(double value) {
  if (value >= 1e9) return fmt::format("{:.2f} G", value / 1e9);
  if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
  return fmt::format("{:.0f}", value);
}

double counter(const StageFigures& stage, const char* name) {
  const auto found = stage.counters.find(name);
  return found == stage.counters.end() ? 0 : found->second;
}

std::string counter_header(const Run& run) {
  if (run.counters == "hardware") return fmt::format("{:>9}{:>9}{:>6}{:>9}", "cycles", "instr", "IPC", "misses");
  if (run.counters == "kernel") return fmt::format("{:>8}{:>9}{:>8}", "waits", "preempt", "faults");
  return {};
}

std::string counter_cells(const Run& run, const StageFigures& stage) {
  if (run.counters == "hardware") {
    const double cycles = counter(stage, "cycles"), instructions = counter(stage, "instructions");
    return fmt::format("{:>9}{:>9}{:>6.2f}{:>9}", count_text(cycles), count_text(instructions),
                       cycles > 0 ? instructions / cycles : 0, count_text(counter(stage, "cache_misses")));
  }
  if (run.counters == "kernel")
    return fmt::format("{:>8}{:>9}{:>8}", count_text(counter(stage, "waits")), count_text(counter(stage, "preemptions")),
                       count_text(counter(stage, "page_faults")));
  return {};
}

std::string stage_line(const Run& run, const StageFigures& stage) {
  return fmt::format("{:<10}{:>7.1f} %{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>10}{}\n", stage.name, 100 * stage.share,
                     time_text(stage.cpu), time_text(stage.wall), stage.calls, time_text(stage.mean),
                     time_text(stage.p50), time_text(stage.p99), time_text(stage.max), counter_cells(run, stage));
}

std::string heading(const Run& run) {
  std::string text = fmt::format("{}{}{}: {} frames in {}, {:.1f} fps, {} bytes, CPU {}", run.input,
                                 run.label.empty() ? "" : ", ", run.label, run.frames, time_text(run.wall), run.fps,
                                 run.bytes_out, time_text(run.cpu));
  if (run.ssim > 0) text += fmt::format(", SSIM {:.5f}", run.ssim);
  if (run.psnr > 0) text += fmt::format(", PSNR {:.3f} dB", run.psnr);
  return text + "\n";
}

std::string thread_line(const Run& run) {
  std::string text = "threads:";
  for (const auto& [name, cpu] : run.threads)
    if (cpu > 0) text += fmt::format(" {} {}", name, time_text(cpu));
  return text + "\n";
}

std::string pass_lines(const Run& run) {
  if (run.passes.size() < 2) return {};
  std::string text = fmt::format("\n{:<8}{:>8}{:>10}{:>10}   {}\n", "pass", "frames", "wall", "CPU", "of it");
  for (const PassFigures& pass : run.passes) {
    text += fmt::format("{:<8}{:>8}{:>10}{:>10}  ", pass.number, pass.frames, time_text(pass.wall), time_text(pass.cpu));
    for (const char* name : {"encode", "lookahead", "decode", "input"})
      if (const auto stage = pass.stages.find(name); stage != pass.stages.end() && pass.cpu > 0)
        text += fmt::format(" {} {:.1f} %", name, 100 * stage->second / pass.cpu);
    text += "\n";
  }
  return text;
}

// What x265 says of its frames; most of it only if it was asked.
std::string encoder_line(const Run& run) {
  constexpr std::pair<const char*, const char*> kTimes[] = {
      {"decide_wait", "slice decision wait"}, {"row0_wait", "row 0 wait"}, {"wall", "frame"},
      {"ref_wait", "reference wait"},         {"ctu_time", "CTU time"},    {"stall", "stall"}};
  std::string text;
  for (const auto& [key, name] : kTimes)
    if (const auto time = run.x265.find(key); time != run.x265.end())
      text += fmt::format("{} {}, ", name, time_text(time->second / 1e3));
  if (const auto wpp = run.x265.find("avg_wpp"); wpp != run.x265.end()) text += fmt::format("WPP {:.2f}, ", wpp->second);
  if (const auto latency = run.x265.find("latency"); latency != run.x265.end())
    text += fmt::format("latency {:.1f} frames", latency->second);
  return text.empty() ? text : "x265, per frame: " + text + "\n";
}

std::string frame_lines(const Run& run) {
  const bool passes = run.types.front().pass != run.types.back().pass;
  std::string text = fmt::format("\n{:<8}{:>8}{:>8}{:>12}{:>14}\n", "frames", "count", "QP", "bits", "encode CPU");
  for (const TypeFigures& type : run.types)
    text += fmt::format("{:<8}{:>8}{:>8.2f}{:>12.0f}{:>14}\n",
                        passes ? fmt::format("{}, {}", type.type, type.pass) : std::string(1, type.type), type.count,
                        type.qp, type.bits, time_text(type.encode / 1000));
  return text + encoder_line(run);
}

std::string changed(double before, double after) {
  if (before <= 0) return after > 0 ? "new" : "";
  return fmt::format("{:+.1f} %", 100 * (after - before) / before);
}

std::string difference_lines(const Run& first, const Run& run) {
  std::string text = fmt::format("\n{} against {}\n{:<10}{:>14}{:>14}{:>14}{:>10}\n",
                                 run.label, first.label, "stage", "before/frame", "after/frame", "change", "");
  for (const Difference& each : differences(first, run)) {
    if (each.before == 0 && each.after == 0) continue;
    text += fmt::format("{:<10}{:>14}{:>14}{:>14}{:>10}{}\n", each.stage, time_text(each.before), time_text(each.after),
                        (each.change() < 0 ? "-" : "+") + time_text(std::abs(each.change())),
                        changed(each.before, each.after), each.is_wall ? "  waiting" : "");
  }
  return text;
}

}  // namespace

std::string time_text(double seconds) {
  if (seconds <= 0) return "0";
  if (seconds >= 100) return fmt::format("{:.0f} s", seconds);
  if (seconds >= 1) return fmt::format("{:.2f} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.2f} ms", 1e3 * seconds);
  if (seconds >= 1e-6) return fmt::format("{:.1f} us", 1e6 * seconds);
  return fmt::format("{:.0f} ns", 1e9 * seconds);
}

std::string run_table(const Run& run) {
  std::string text = heading(run) + thread_line(run);
  text += fmt::format("\n{:<10}{:>9}{:>10}{:>10}{:>8}{:>10}{:>10}{:>10}{:>10}{}\n", "stage", "of CPU", "CPU", "wall",
                      "calls", "mean", "p50", "p99", "max", counter_header(run));
  for (const StageFigures& stage : ranked(run)) text += stage_line(run, stage);
  text += pass_lines(run);
  if (!run.types.empty()) text += frame_lines(run);
  if (run.counters == "kernel")
    text += run.counters_reason + ": waits, preemptions and page faults are counted instead\n";
  return text;
}

std::string comparison_table(const std::vector<Run>& runs) {
  std::string text = fmt::format("{:<28}{:>8}{:>10}{:>10}{:>12}{:>10}{:>10}\n", "run", "fps", "wall", "CPU", "bytes",
                                 "SSIM", "size");
  for (const Run& run : runs)
    text += fmt::format("{:<28}{:>8.1f}{:>10}{:>10}{:>12}{:>10}{:>10}\n", run.label, run.fps, time_text(run.wall),
                        time_text(run.cpu), run.bytes_out, run.ssim > 0 ? fmt::format("{:.5f}", run.ssim) : "-",
                        changed(static_cast<double>(runs.front().bytes_out), static_cast<double>(run.bytes_out)));
  for (std::size_t n = 1; n < runs.size(); ++n) text += difference_lines(runs.front(), runs[n]);
  return text;
}

}  // namespace hevcpool::profile
