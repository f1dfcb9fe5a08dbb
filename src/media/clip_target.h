// SPDX-License-Identifier: GPL-2.0-or-later
// The file of a copied clip: whatever streams of the source its container can hold, its chapters, and packets with
// their times moved to where the clip begins. One thread.
//
//   created --begin()--> writing --finish()--> finished
#pragma once

#include "media/clip.h"
#include "media/fd_io.h"
#include "media/input_file.h"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace hevcpool::media {

class ClipTarget {
 public:
  // What the container cannot hold is discarded in the source, and a warning.
  static Expected<std::unique_ptr<ClipTarget>> create(const ClipRequest& request, InputFile& source,
                                                      std::vector<Warning>& warnings);

  bool holds(int source_stream) const { return tracks_.contains(source_stream); }
  // The stream made for one of the source, until begin().
  AVStream& stream(int source_stream) { return *tracks_.at(source_stream).target; }
  // Parameter sets of that stream change on the way and go with the pictures.
  void carry_parameter_sets(int source_stream);
  // Writes the header. Microseconds on the source's clock: `start` becomes 0, chapters end at `end`.
  Expected<void> begin(std::int64_t start, std::int64_t end);
  // A packet of the source, or one that stands for one, on the source's clock. Takes its data.
  Expected<void> write(AVPacket& packet);
  Expected<void> finish();

  double duration() const { return duration_; }
  std::uint64_t bytes() const;

 private:
  struct Track {
    AVStream* target = nullptr;
    std::int64_t last_dts = AV_NOPTS_VALUE;
  };
  ClipTarget(const ClipRequest& request, InputFile& source) : request_(request), source_(source) {}
  Expected<void> open();
  Expected<void> add_streams(std::vector<Warning>& warnings);
  Expected<void> add_track(AVStream& source);
  Expected<void> add_attached(const AVStream& source);
  bool can_hold(const AVStream& source) const;

  const ClipRequest& request_;
  InputFile& source_;
  std::unique_ptr<TargetIo> io_;  // before the context, which writes through it
  OutputContextPtr output_;
  std::map<int, Track> tracks_;   // by index in the source
  std::int64_t start_ = 0;
  double duration_ = 0;
};

}  // namespace hevcpool::media
