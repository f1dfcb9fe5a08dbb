// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/bench/bench_memory.h"

#include "cli/bench/sample_clips.h"
#include "plan/schedule/memory.h"

#include <hevcpool/encode.h>

#include <fmt/format.h>

namespace hevcpool::cli {
namespace {

constexpr double kClipSeconds = 2.5;  // 60 frames: more than any lookahead here

struct Case {
  SampleSize size;
  const char* preset;
  int depth;
};
constexpr Case kCases[] = {
    {{320, 180, 24}, "ultrafast", 8}, {{320, 180, 24}, "medium", 8},    {{320, 180, 24}, "slow", 10},
    {{640, 360, 24}, "ultrafast", 8}, {{640, 360, 24}, "medium", 8},    {{640, 360, 24}, "medium", 10},
    {{1280, 720, 24}, "ultrafast", 8}, {{1280, 720, 24}, "medium", 8},  {{1280, 720, 24}, "ultrafast", 10},
    {{1920, 1080, 24}, "ultrafast", 8}, {{1920, 1080, 24}, "superfast", 8},
    {{1920, 1080, 24}, "medium", 8},   {{1920, 1080, 24}, "medium", 10}, {{3840, 2160, 24}, "superfast", 8},
    {{3840, 2160, 24}, "medium", 8}};

Encode request(const std::string& input, const Case& each) {
  Encode encode{.input = input, .output = input + ".hevc.mkv"};
  encode.options.preset = each.preset;
  if (each.depth > 8) encode.options.vf = "format=yuv420p10le";
  encode.overwrite = Overwrite::always;
  encode.verify = Verify::none;
  encode.split = -1;
  encode.add_threads = false;
  return encode;
}

// In a pool of its own: a worker keeps memory from job to job.
Expected<MemoryRow> measure_one(Pool& pool, const std::string& folder, const Case& each) {
  SampleClip clip = sample_clip(0, kClipSeconds, each.size);
  clip.name = fmt::format("memory-{}x{}.mp4", each.size.width, each.size.height);
  HEVCPOOL_ASSIGN(const auto made, make_samples(pool, folder, {clip}));
  HEVCPOOL_CHECK(finish_samples(made));
  const JobResult result = pool.submit(request(made.front().path, each)).result();
  if (!result.ok()) return fail("bench", "encode", result.error->message);
  MemoryRow row{each.size.width, each.size.height, each.depth, each.preset, 0, 0};
  row.measured = static_cast<double>(result.usage.peak_rss_bytes);
  row.predicted = plan::encode_memory(
      {.width = row.width, .height = row.height, .bit_depth = row.depth, .preset = row.preset, .x265_params = {}});
  return row;
}

}  // namespace

// One worker, renewed for every job.
Expected<std::vector<MemoryRow>> measure_memory(const std::string& folder) {
  std::string error;
  PoolOptions options;
  options.workers = 1;
  options.jobs_per_worker = 1;
  const auto pool = Pool::start(std::move(options), &error);
  if (!pool) return fail("bench", "pool", error);
  std::vector<MemoryRow> rows;
  for (const Case& each : kCases) {
    HEVCPOOL_ASSIGN(auto row, measure_one(*pool, folder, each));
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string memory_table(const std::vector<MemoryRow>& rows) {
  constexpr double kMegabyte = 1e6;
  std::string text = "peak memory of one worker, one thread, MB\n  size       depth preset     measured predicted  ratio\n";
  for (const MemoryRow& row : rows)
    text += fmt::format("  {:<10} {:>5} {:<10} {:>8.0f} {:>9.0f} {:>6.2f}\n",
                        fmt::format("{}x{}", row.width, row.height), row.depth, row.preset, row.measured / kMegabyte,
                        row.predicted / kMegabyte, row.measured > 0 ? row.predicted / row.measured : 0);
  return text;
}

}  // namespace hevcpool::cli
