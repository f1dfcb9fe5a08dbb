// SPDX-License-Identifier: GPL-2.0-or-later
// One run over a source: packets go to the tracks of their streams, and what comes out goes to the output. The
// output can begin only when every video track has seen its first frame (its header describes the encoder), so
// packets wait until then; when too much waits, the missing tracks are asked through a second reading of the file.
//
//   preparing --all video tracks ready--> writing --end of file--> finished
//
// With more threads than one the stages overlap while it writes: reading and decoding, filtering, encoding, muxing.
#pragma once

#include "media/convert/transcode.h"
#include "media/mux/metadata.h"
#include "media/convert/stream_track.h"

#include <atomic>
#include <chrono>
#include <optional>
#include <vector>

namespace hevcpool::media {

// Frames that are concealed or missing, of how many.
struct FrameDamage {
  std::int64_t frames = 0;
  std::int64_t harmed = 0;                 // from the first clean frame on
  std::int64_t before_clean = 0;           // before it: a recording may begin amid a group of pictures
};

class Conversion {
 public:
  // All arguments are borrowed and outlive the conversion. In pass 1 nothing is written.
  Conversion(const TranscodeRequest& request, Source& source, const Inspection& inspection, int pass, Diagnostics& notes);
  Expected<void> run();

  // After run():
  std::int64_t frames() const;             // of the first video stream
  std::int64_t decode_errors() const;      // of all
  std::int64_t harmed_frames() const;      // those, or what is missing before the first clean frame where that is more
  FrameDamage frame_damage() const;        // of all pictures together
  bool read_everything() const;            // every stream to its end
  const Output& output() const { return *output_; }
  std::vector<StreamCount> outputs() const;  // what was written, beside where the source ended

 private:
  struct Route {                           // of one source stream
    const StreamPlan* plan = nullptr;
    AVStream* source = nullptr;
    EncodeOptions options;                 // of a video stream: the request's, settled for its picture
    std::unique_ptr<VideoTrack> video;
    std::unique_ptr<VideoTrack> stand_in;  // ready before `video` is, by the second reading
    std::unique_ptr<StreamTrack> other;
    PacketSink sink;
    int output = -1;
    bool past_end = false;
    StreamReach reach;                     // of the source's packets that were taken
    bool active() const { return video || other; }
    AVRational time_base() const { return video ? video->time_base() : other->time_base(); }
    const VideoTrack* ready_video() const {
      return video && video->ready() ? video.get() : stand_in.get();
    }
  };
  struct PipelineItem;                           // a packet on its way through overlapping stages
  struct Reached {                         // by a video track's encoder
    std::int64_t frames = 0;
    std::int64_t first_pts = AV_NOPTS_VALUE, last_pts = AV_NOPTS_VALUE;
  };
  struct Waiting {
    Route* route;
    PacketPtr packet;
  };

  Expected<void> prepare();
  Expected<void> make_tracks();
  Expected<void> make_track(Route& route);
  Expected<void> make_video(Route& route);
  Expected<void> choose_range();
  std::int64_t film_end() const;
  Expected<void> fetch_running_subtitles();
  Expected<void> read_all();
  Expected<bool> read(AVPacket& packet);
  Expected<void> take(AVPacket& packet);
  Route* route_for(const AVPacket& packet);
  bool may_overlap() const;
  Expected<void> read_overlapping();
  Expected<bool> decode(PipelineItem& item);
  Expected<void> encode(PipelineItem& item) const;
  Expected<void> mux(PipelineItem& item);
  bool outside_range(Route& route, const AVPacket& packet) const;
  bool is_subtitle(int index) const;
  bool everything_past_end() const;
  bool lost_already() const;
  std::optional<double> source_end(const Route& route) const;
  Expected<void> finish_tracks();
  void hold_last_picture(const Route& route) const;
  Expected<void> drop_silent_videos();

  Expected<void> deliver(Route& route, AVPacket& packet);
  Expected<void> hold(Route& route, AVPacket& packet);
  Expected<void> begin_if_ready();
  Expected<void> begin();
  Expected<void> ask_missing_tracks();
  Expected<void> ask(Route& route);
  void choose_offset();
  void write_timecodes();
  double cut_from_picture(const Route& video) const;
  Expected<void> add_streams();
  Expected<void> add_stream(Route& route);
  void choose_muxer_options();
  Expected<void> release_waiting();

  Expected<void> check_limits();
  static Reached reached_by(const Route& route);
  const Route* first_video() const;
  void report_progress(const Reached& reached);
  double part_read() const;
  VideoTrack::Pass pass_for(const Route& route) const;

  const TranscodeRequest& request_;
  Source& source_;
  const Inspection& inspection_;
  int pass_;
  Diagnostics& notes_;
  AudioRequest audio_;
  std::vector<Route> routes_;              // by source stream index
  std::unique_ptr<Output> output_;
  std::vector<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::int64_t offset_ = 0;                // AV_TIME_BASE units; becomes 0 in the output
  std::int64_t begin_ = INT64_MIN, end_ = INT64_MAX;  // of the range asked for, on the source's clock
  std::atomic<std::int64_t> position_ = 0; // in the source, bytes; written by what reads, read by what reports
  std::chrono::steady_clock::time_point started_, reported_;
};

}  // namespace hevcpool::media
