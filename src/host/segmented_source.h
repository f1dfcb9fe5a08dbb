// SPDX-License-Identifier: GPL-2.0-or-later
// A film as the host knows it while it is encoded in segments: translates the plan's segments into ranges of the source
// and names of files, keeps the files that are being written, and adds up how far everything is. One thread, apart
// from SegmentProgress.
#pragma once

#include "host/work_folder.h"
#include "plan/schedule/scheduler.h"
#include "tasks/encode_json.h"

#include <hevcpool/encode.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace hevcpool::host {

// Adds up the progress of the segments. Any thread.
class SegmentProgress {
 public:
  SegmentProgress(double frames, double seconds) : frames_(frames), seconds_(seconds) {}
  // One running segment; returns the sum.
  EncodeProgress note(plan::RunId run, const EncodeProgress& progress);
  void finished(plan::RunId run, std::int64_t frames, std::uint64_t bytes);
  void gone(plan::RunId run);

 private:
  double frames_, seconds_;
  std::mutex mutex_;
  std::map<plan::RunId, EncodeProgress> running_;  // guarded by mutex_
  EncodeProgress done_;                            // guarded by mutex_
};

// Whether an index can be true of a file of so many bytes. It comes from a worker, which may have been taken over by
// the file that it reads; what is checked here is all that the plan relies on.
bool plausible(const media::KeyFrameIndex& index, std::uint64_t source_bytes);

class SegmentedSource {
 public:
  // `cost` is that of the whole job; `split` as in Encode.
  SegmentedSource(media::KeyFrameIndex index, WorkFolder folder, double cost, double split);

  // For the plan, with the segments that an earlier run finished.
  plan::SourceCuts plan() const;
  media::SegmentRange range(plan::Segment segment) const;
  double frames(plan::Segment segment) const;
  std::string file_name(plan::Segment segment) const;
  WorkFolder& folder() { return folder_; }
  const WorkFolder& folder() const { return folder_; }
  const std::shared_ptr<SegmentProgress>& progress() const { return progress_; }

  // Finished segments of this run and of earlier ones.
  void note_finished(plan::Segment segment, std::uint64_t bytes) { bytes_[segment] = bytes; }
  void discard(plan::Segment segment);
  std::uint64_t bytes() const;

  // What goes with a segment that is being encoded.
  struct ActiveSegment {
    Temporary temporary;
    UniqueFd end;  // its present end, for the worker to read
  };
  std::map<plan::RunId, ActiveSegment> active;
  // A descriptor for the worker, from which it learns of shortened().
  Expected<UniqueFd> note_end(plan::RunId run, plan::Segment segment);
  void shorten(plan::RunId run, plan::Segment segment);
  // The place with that time, which is that of a segment's end; 0 when there is none.
  std::size_t place_of_end(std::int64_t time) const;

 private:
  struct Place {
    std::int64_t time = 0;
    std::size_t key = 0;     // to begin decoding at
    double frames = 0;       // before it
    plan::CutKind kind = plan::CutKind::key;
  };
  void add_places(std::size_t key, double before, bool inner);
  std::vector<std::size_t> fixed_cuts() const;
  plan::Segment segment_of(const std::string& file_name) const;
  std::int64_t time_of(std::size_t place, std::int64_t at_begin, std::int64_t at_end) const;

  media::KeyFrameIndex index_;
  WorkFolder folder_;
  double cost_, split_;
  std::vector<Place> places_;  // as the plan's points
  std::shared_ptr<SegmentProgress> progress_;  // shared with the pool's callbacks
  std::map<plan::Segment, std::uint64_t> bytes_;
};

}  // namespace hevcpool::host
