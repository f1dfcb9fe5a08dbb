// SPDX-License-Identifier: GPL-2.0-or-later
// What every frame of a video says: count, luma, scene changes, black and frozen spans, likeness to a reference; or
// the caller's own function on each. Runs in the calling thread.
#pragma once

#include "base/error.h"
#include "media/libav/diagnostics.h"

#include <hevcpool/tasks.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace hevcpool::media {

struct FramesRequest {
  int source = -1;
  int reference = -1;                 // for ssim and psnr; else -1
  std::string name, reference_name;   // for format probing
  Frames options;                     // paths are not used
  std::function<void(std::int64_t frames, double seconds)> on_progress;  // may be empty
  std::function<bool()> cancelled;                                       // may be empty
};

struct FrameRow {
  std::int64_t index = 0;
  double seconds = -1;                // from the first moment of the file; -1 when unknown
  bool key_frame = false;
  std::optional<double> luma, scene_score, ssim, psnr;
};
struct Span {
  double start = 0, end = 0;
};
struct SceneChange {
  double seconds = 0, score = 0;
};
struct Extremes {                     // of a measure over all frames
  double sum = 0, lowest = 0;
  std::int64_t lowest_frame = -1, count = 0;
  void add(double value, std::int64_t frame);
  double mean() const { return count > 0 ? sum / static_cast<double>(count) : 0; }
};
struct FramesReport {
  std::int64_t frames = 0;
  std::int64_t key_frames = 0;
  std::int64_t reference_frames = 0;  // compared
  double duration = 0;
  std::vector<FrameRow> rows;         // only where options.output is set
  std::vector<SceneChange> scenes;
  std::vector<Span> black, frozen;
  Extremes luma, ssim, psnr;
  std::vector<Warning> warnings;
};

Expected<FramesReport> analyse_frames(const FramesRequest& request);

// "frame,seconds,key_frame,luma,..." with only the columns that were asked for.
std::string rows_as_csv(const std::vector<FrameRow>& rows, const Frames& options);

// Calls `visit` with every frame until it returns false. `pixel_format` by libav's name; empty: as decoded. Returns
// how many frames it saw.
Expected<std::int64_t> visit_frames(int source, const std::string& name, const std::string& pixel_format,
                                    const std::function<bool(const FrameView&)>& visit);

}  // namespace hevcpool::media
