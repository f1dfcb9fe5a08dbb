// SPDX-License-Identifier: GPL-2.0-or-later
// The file of a copied clip: the planned streams of the source, its tags and chapters, and packets cut to the part, with
// their times moved to where it begins. One thread.
//
//   created --begin()--> writing --finish()--> finished
#pragma once

#include "media/clip/clip_streams.h"
#include "media/libav/fd_io.h"
#include "media/hevc/hevc_sets.h"
#include "media/mux/matroska_marks.h"
#include "media/convert/stream_cut.h"
#include "media/convert/stream_track.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>

namespace hevcpool::media {

class ClipTarget {
 public:
  // Where the parameter sets of HEVC are in MP4 and MOV.
  enum class Sets { in_header, in_samples };

  // All is borrowed. What the plan drops is discarded in the source.
  static Expected<std::unique_ptr<ClipTarget>> create(const ClipRequest& request, Source& source, const ClipPlan& plan,
                                                      Sets sets, Diagnostics& notes);

  // What is outside of the part can be in the file without being shown.
  bool hides_what_is_outside() const { return holds_movie_boxes(); }
  bool holds(int source_stream) const { return tracks_.contains(source_stream); }
  // The stream made for one of the source, until begin().
  AVStream& stream(int source_stream) { return *tracks_.at(source_stream).target; }
  // What a Matroska muxer does not write; used where the clip is Matroska.
  MatroskaMarks& marks() { return marks_; }
  // Writes the header. `part.begin` becomes 0. `first` is the film's first picture, where there is a film.
  Expected<void> begin(const Part& part, const AVPacket* first);
  // A packet of the film, or one that stands for one, on the source's clock. Takes its data.
  Expected<void> write(AVPacket& packet);
  // Of another stream.
  Expected<void> send(AVPacket& packet);
  Expected<void> finish();

  // A sample had parameter sets that the header has not: the file is of no use, and Sets::in_samples is the way.
  bool sets_differ() const { return sets_differ_; }
  // The film's name says that the samples have parameter sets.
  bool has_sets_in_samples() const { return named_for_samples_; }
  std::int64_t packets() const { return packets_; }
  double duration() const { return duration_; }
  std::uint64_t bytes() const;

 private:
  struct Track {
    AVStream* source = nullptr;
    AVStream* target = nullptr;
    std::unique_ptr<StreamTrack> converter;  // none: film
    std::optional<HevcSets> sets;            // to be taken out of the samples
    PacketSink sink;
    std::int64_t last_dts = AV_NOPTS_VALUE;
  };
  ClipTarget(const ClipRequest& request, Source& source, const ClipPlan& plan, Sets sets, Diagnostics& notes)
      : request_(request), source_(source), plan_(plan), sets_(sets), notes_(notes) {}
  Expected<void> open();
  Expected<void> add_streams();
  Expected<void> add_stream(AVStream& source, const StreamPlan& plan);
  Expected<void> describe(Track& track, const StreamPlan& plan);
  Expected<void> name_sets(Track& track, const AVPacket* first);
  void move_timecodes(const AVPacket& first);
  Expected<void> end_in_time();
  Expected<std::unique_ptr<StreamTrack>> make_converter(const AVStream& source, const StreamPlan& plan);
  Expected<void> write_header();
  Expected<void> write_covers();
  Expected<void> write(AVPacket& packet, Track& track, AVRational time_base);
  bool holds_movie_boxes() const;
  bool is_matroska() const;

  const ClipRequest& request_;
  Source& source_;
  const ClipPlan& plan_;
  Sets sets_;
  Diagnostics& notes_;
  std::unique_ptr<TargetIo> io_;  // before the context, which writes through it
  OutputContextPtr output_;
  MatroskaMarks marks_;
  std::map<int, Track> tracks_;   // by index in the source
  Part part_;
  bool sets_differ_ = false, named_for_samples_ = false;
  std::int64_t packets_ = 0;
  double duration_ = 0;
};

}  // namespace hevcpool::media
