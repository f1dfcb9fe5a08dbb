// SPDX-License-Identifier: GPL-2.0-or-later
// Scene changes, black and frozen spans of a video, by libavfilter's scdet, blackdetect and freezedetect. Give it
// every frame; one thread.
#pragma once

#include "media/libav/frame_filter.h"
#include "media/frames/frames.h"

#include <optional>
#include <string>

namespace hevcpool::media {

bool is_key(const AVFrame& frame);

class FrameDetectors {
 public:
  // `start`: seconds of the file's first moment, taken off all times.
  FrameDetectors(const Frames& options, AVRational time_base, double start);

  // The frame's scene score, where scenes are asked for.
  Expected<std::optional<double>> take(const AVFrame& frame);
  // Ends what is still open at `end` seconds.
  void finish(double end);

  const std::vector<SceneChange>& scenes() const { return scenes_; }
  const std::vector<Span>& black() const { return black_.spans; }
  const std::vector<Span>& frozen() const { return frozen_.spans; }

 private:
  struct Spans {
    std::vector<Span> spans;
    std::optional<double> open;
    void note(const std::optional<double>& start, const std::optional<double>& end);
  };
  std::optional<double> time(const AVFrame& frame, const char* key) const;
  std::optional<double> note(const AVFrame& frame);

  std::string graph_;  // empty: nothing to detect
  AVRational time_base_;
  double start_;
  std::optional<FrameFilter> filter_;
  std::vector<SceneChange> scenes_;
  Spans black_, frozen_;
};

}  // namespace hevcpool::media
